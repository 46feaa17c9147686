import {
  type ListedModel,
  type ModelFile,
  type PriceRow,
  readModelFile,
} from '../../packages/providers/src/model-file.ts'
import type { Overlay } from './generate.ts'

const none = '–'

/** `docs/models/<provider>.md`: what a person wants to compare. */
export function writeDocument(id: string, overlay: Overlay, file: ModelFile): string {
  const known = new Map(readModelFile(file).models.map((model) => [model.id, model]))
  const rows = file.models.map((listed) => {
    const { limits, modalities } = known.get(listed.id) ?? {}
    return [
      `\`${id}/${listed.id}\``,
      tokens(limits?.context),
      tokens(limits?.output),
      modalities ? `${modalities.input.join(', ')} → ${modalities.output.join(', ')}` : none,
      ...priceCells(listed),
      listed.released ?? none,
      listed.retires ?? none,
    ]
  })
  const head = [
    'model',
    'context',
    'output',
    'modalities',
    'price in',
    'price out',
    'released',
    'retires',
  ]
  return `${[
    `# Models of ${overlay.title}`,
    'Written by `npm run models:update`: do not edit. What to mend is in',
    `\`packages/providers/models/overlay/${id}.json\`.`,
    '',
    'Limits are in tokens. Prices are list prices in US dollars for a million tokens, unless another unit is',
    'named; those in brackets are for requests with more input tokens than that. A date is the day from',
    `which a price holds. "${none}" means that nobody has told us. A model past its retirement date is still`,
    'passed on: its provider decides.',
    '',
    rows.length > 0
      ? table([head, head.map(() => '---'), ...rows])
      : 'None is listed: what is known of a model, is known by its name.',
    '',
    'Sources:',
    '',
    ...overlay.sources.map((source) => `- ${source}`),
    ...(overlay.prices ? ['- prices not in the overlay: npm @pydantic/genai-prices'] : []),
  ]
    .join('\n')
    .replace(/^(# .*)$/m, '$1\n')}\n`
}

function table(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function tokens(count: number | undefined): string {
  return count === undefined ? none : count.toLocaleString('en-US')
}

/** In and out. A later row is told with its date, a tier with its threshold. */
function priceCells({ prices }: ListedModel): [string, string] {
  if (prices.length === 0) return [none, none]
  const cell = (kind: 'input' | 'output') =>
    prices.map((row) => `${row.from ? `from ${row.from}: ` : ''}${rateOf(row, kind)}`).join(', ')
  return [cell('input'), cell('output')]
}

function rateOf(row: PriceRow, kind: 'input' | 'output'): string {
  const { above, image } = row
  const rate = row[kind]
  if (rate === undefined) return kind === 'output' && image ? `${image} an image` : none
  const higher = above?.[kind]
  return higher && above
    ? `${rate} (${higher} above ${above.inputTokens.toLocaleString('en-US')})`
    : rate
}
