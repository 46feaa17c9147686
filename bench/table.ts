import type { Spread } from './statistics.ts'

/** Rows of cells as text: the first column to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('   ')
      .trimEnd()
  return rows.map(line).join('\n')
}

export const count = (value: number) => Math.round(value).toLocaleString('en')
export const ms = (value: number) => value.toFixed(value < 10 ? 3 : 1)
export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
export const ratio = ({ median, min, max }: Spread) =>
  `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
