// The price list we start from: npm @pydantic/genai-prices.
import {
  findProvider,
  type MatchLogic,
  type ModelInfo,
  type ModelPrice,
} from '@pydantic/genai-prices'
import type { PriceRow, TokenRates } from '../../packages/providers/src/model-file.ts'

export interface ListEntry {
  id: string
  name: string | undefined
  contextTokens: number | undefined
  prices: PriceRow[]
}

/** Its kinds of unit, and ours. The others have no count of their own in our `Usage`. */
const tokenRates: Readonly<Record<string, keyof TokenRates>> = {
  input_mtok: 'input',
  cache_read_mtok: 'cacheRead',
  cache_write_mtok: 'cacheWrite5m',
  cache_write_1h_mtok: 'cacheWrite1h',
  output_mtok: 'output',
  input_audio_mtok: 'audioIn',
  output_audio_mtok: 'audioOut',
  input_image_mtok: 'imageIn',
  output_image_mtok: 'imageOut',
}
const serverTools: Readonly<Record<string, string>> = {
  web_searches_kcount: 'web_search',
  storage_searches_kcount: 'file_search',
}

/** The models of one provider, by every id that the list gives a price to by name. */
export function priceList(providerId: string): { entries: ListEntry[]; find: FindPrice } {
  const provider = findProvider({ providerId })
  if (!provider) throw new Error(`The price list has no provider "${providerId}".`)
  const entries = provider.models.map(readEntry)
  const byId = new Map<string, ListEntry>()
  for (const [at, { match }] of provider.models.entries()) {
    for (const id of namesIn(match)) byId.set(id, entries[at] as ListEntry)
  }
  for (const entry of entries) byId.set(entry.id, entry)
  return { entries, find: (id) => byId.get(id) }
}

export type FindPrice = (id: string) => ListEntry | undefined

/** The ids that are equal to something in a rule. What only begins like one may be another model. */
function namesIn(match: MatchLogic): string[] {
  if ('equals' in match) return [match.equals]
  return 'or' in match ? match.or.flatMap(namesIn) : []
}

function readEntry({ id, name, context_window, prices }: ModelInfo): ListEntry {
  const rows = Array.isArray(prices) ? prices : [{ prices }]
  return {
    id,
    name,
    contextTokens: context_window,
    prices: rows.flatMap((row): PriceRow[] => {
      const { constraint } = { constraint: undefined, ...row }
      if (constraint && constraint.type !== 'start_date') {
        throw new Error(`${id} has a price by the time of day, which we have no row for.`)
      }
      const rates = readRow(id, row.prices)
      if (Object.keys(rates).length === 0) return []
      return [{ ...(constraint ? { from: constraint.start_date } : {}), ...rates }]
    }),
  }
}

function readRow(id: string, prices: ModelPrice): PriceRow {
  const rates: TokenRates = {}
  const tools: Record<string, string> = {}
  const above: { inputTokens: number } & TokenRates = { inputTokens: 0 }
  for (const [unit, price] of Object.entries(prices)) {
    const rate = tokenRates[unit]
    const tool = serverTools[unit]
    if (typeof price === 'number' && tool) tools[tool] = decimal(price)
    if (rate === undefined || price === undefined) continue
    if (typeof price === 'number') {
      rates[rate] = decimal(price)
      continue
    }
    const [tier, second] = price.tiers
    if (tier === undefined || second || (above.inputTokens || tier.start) !== tier.start) {
      throw new Error(`${id} has more than one tier of prices, which a row cannot hold.`)
    }
    rates[rate] = decimal(price.base)
    above.inputTokens = tier.start
    above[rate] = decimal(tier.price)
  }
  return {
    ...rates,
    ...(above.inputTokens > 0 ? { above } : {}),
    ...(Object.keys(tools).length > 0 ? { serverTools: tools } : {}),
  }
}

/** Dollars as a plain decimal of at most nine places. */
export function decimal(dollars: number): string {
  return dollars.toFixed(9).replace(/\.?0+$/, '')
}
