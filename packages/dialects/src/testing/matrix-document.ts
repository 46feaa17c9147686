// The page about the translation matrix, from its golden files alone.

import {
  callerDialects,
  expectedWritten,
  type Feature,
  impossibleAt,
  providerDialects,
} from './matrix.ts'

const head = `# Translation matrix

What becomes of a chat request when the caller and the provider speak different dialects. Rows: the caller's dialect. Columns: the provider's.
Every ✓ is checked, as a whole answer and as a stream, against the golden files in \`packages/dialects/vectors/matrix\`; \`npm run docs:matrix\` writes this page from them.

- ✓ goes through with its meaning; a number says what is left out or put elsewhere on the way.
- ✗ cannot be said, and the number says why. Where the provider has no words for it the caller gets a 400 that names the field, unless \`x-hub-unsupported: drop\` asks to lose it.
`

/** Notes under one table, each said once. */
class Notes {
  readonly #texts: string[] = []

  /** The mark of some notes, in the order of their numbers. */
  mark(...texts: string[]): string {
    const numbers = texts.map((text) => {
      const known = this.#texts.indexOf(text)
      return known < 0 ? this.#texts.push(text) : known + 1
    })
    const mark = numbers.toSorted((a, b) => a - b).join(', ')
    return mark === '' ? '' : `<sup>${mark}</sup>`
  }

  get lines(): string[] {
    return this.#texts.map((text, index) => `${index + 1}. ${text}`)
  }
}

function cellText(
  feature: Feature,
  from: (typeof callerDialects)[number],
  to: (typeof providerDialects)[number],
  notes: Notes,
): string {
  const impossible = impossibleAt({ feature, from, to })
  if (impossible) return `✗${notes.mark(impossible.why)}`
  const { dropped } = expectedWritten({ feature, from, to })
  const names = dropped.map((name) => `\`${name}\``).join(', ')
  const texts = [
    feature.writtenDiffers?.[`${from} -> ${to}`]?.why,
    names === '' ? undefined : `Left out, and named in \`x-hub-dropped-params\`: ${names}.`,
    feature.answerDiffers?.[`${from} <- ${to}`]?.why,
  ]
  return `✓${notes.mark(...texts.filter((text) => text !== undefined))}`
}

function section(feature: Feature): string {
  const notes = new Notes()
  const rows = callerDialects.map((from) => {
    const cells = providerDialects.map((to) => cellText(feature, from, to, notes))
    return `| ${from} | ${cells.join(' | ')} |`
  })
  const lines = [
    `## ${feature.title}`,
    '',
    `| from ↓ to → | ${providerDialects.join(' | ')} |`,
    `|---|${providerDialects.map(() => '---|').join('')}`,
    ...rows,
    ...(notes.lines.length > 0 ? ['', ...notes.lines] : []),
  ]
  return lines.join('\n')
}

/** The whole page, in Markdown: a table a feature, in the order of their titles. */
export function matrixDocument(features: readonly Feature[]): string {
  const sorted = features.toSorted((a, b) => (a.title < b.title ? -1 : 1))
  return `${head}\n${sorted.map(section).join('\n\n')}\n`
}
