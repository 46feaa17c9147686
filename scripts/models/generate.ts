import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type {
  ListedModel,
  ModelFamily,
  ModelFile,
  PriceRow,
  TokenRates,
} from '../../packages/providers/src/model-file.ts'
import { writeDocument } from './document.ts'
import { decimal, type FindPrice, type ListEntry, priceList } from './price-list.ts'

export const root = new URL('../../', import.meta.url)

/** What we add to the price list, by hand: `packages/providers/models/overlay/<provider>.json`. */
export interface Overlay {
  /** The provider's name, for people. */
  title: string
  /** Where this comes from, and when it was read. */
  sources: readonly string[]
  /** The provider's id in the price list; absent = it is not in there. */
  prices?: string
  /** Prices of cache writes where none are given, as multiples of the price of input. */
  cacheWrites?: Partial<Record<keyof TokenRates, number>>
  /** Entries of the price list that are no models to be asked here: regular expressions. */
  skip: readonly string[]
  families: readonly ModelFamily[]
  /** By id, in the order of the document. Prices given here replace those of the list. */
  models: Readonly<Record<string, OverlaidModel>>
}

interface OverlaidModel extends Omit<Partial<ListedModel>, 'id'> {
  /** The price list's id for it, where that is another one. */
  pricedAs?: string
}

export interface GeneratedProvider {
  id: string
  file: ModelFile
  /** Paths from the root of the repository, and what belongs there. */
  texts: Record<string, string>
}

const overlays = new URL('packages/providers/models/overlay/', root)

/** Everything `npm run models:update` writes. Depends on the price list and the overlays alone. */
export function generateModels(): GeneratedProvider[] {
  return readdirSync(overlays)
    .sort()
    .map((name) => {
      const id = name.replace(/\.json$/, '')
      const overlay: Overlay = JSON.parse(readFileSync(new URL(name, overlays), 'utf8'))
      const file = mergeModels(overlay)
      const path = `packages/providers/models/${id}.json`
      return {
        id,
        file,
        texts: {
          [path]: formatted(path, JSON.stringify(file)),
          [`docs/models/${id}.md`]: writeDocument(id, overlay, file),
        },
      }
    })
}

/** The price list with the overlay over it. */
export function mergeModels(overlay: Overlay): ModelFile {
  const { entries, find } = overlay.prices
    ? priceList(overlay.prices)
    : { entries: [], find: () => undefined }
  const skipped = overlay.skip.map((pattern) => new RegExp(pattern))
  const others = entries
    .map(({ id }) => id)
    .filter((id) => !Object.hasOwn(overlay.models, id) && !skipped.some((skip) => skip.test(id)))
    .sort()
  const ids = [...Object.keys(overlay.models), ...others]
  return { families: overlay.families, models: ids.map((id) => mergeModel(id, overlay, find)) }
}

function mergeModel(id: string, overlay: Overlay, find: FindPrice): ListedModel {
  const { pricedAs = id, ...said } = overlay.models[id] ?? {}
  const listed: ListEntry | undefined = find(pricedAs)
  if (pricedAs !== id && !listed) throw new Error(`The price list has no model "${pricedAs}".`)
  const name = said.name ?? listed?.name
  const context = said.limits?.context ?? listed?.contextTokens
  const limits = { ...(context === undefined ? {} : { context }), ...said.limits }
  const prices = said.prices ?? listed?.prices ?? []
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...said,
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    prices: prices.map((row) => withCacheWrites(row, overlay.cacheWrites ?? {})),
  }
}

/** Only what can be read from a cache can be written to it. */
function withCacheWrites(row: PriceRow, multiples: NonNullable<Overlay['cacheWrites']>): PriceRow {
  const { above } = row
  return {
    ...row,
    ...cacheWrites(row, multiples),
    ...(above ? { above: { ...above, ...cacheWrites(above, multiples) } } : {}),
  }
}

function cacheWrites(
  rates: TokenRates,
  multiples: NonNullable<Overlay['cacheWrites']>,
): TokenRates {
  const { input, cacheRead } = rates
  if (input === undefined || cacheRead === undefined) return {}
  return Object.fromEntries(
    Object.entries(multiples).map(([kind, multiple]) => [
      kind,
      rates[kind as keyof TokenRates] ?? decimal(Number(input) * multiple),
    ]),
  )
}

/** As `npm run format` would leave it. */
function formatted(path: string, text: string): string {
  const biome = new URL('node_modules/.bin/biome', root)
  const { status, stdout, stderr } = spawnSync(
    biome.pathname,
    ['format', `--stdin-file-path=${path}`],
    { cwd: root, input: text, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`Biome could not format ${path}: ${stderr}`)
  return stdout
}
