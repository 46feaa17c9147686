import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Everything in a folder, by path: mode and, of files, the time of the last change in nanoseconds and the
 * content. Equal states mean that nothing was written, added, removed or touched.
 */
export function folderState(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  const entries = ['.', ...paths].map((path) => [path, entryState(join(folder, path))])
  return Object.fromEntries(entries)
}

function entryState(path: string): string {
  const entry = lstatSync(path, { bigint: true })
  const mode = entry.mode.toString(8)
  if (!entry.isFile()) return mode
  return `${mode} ${entry.mtimeNs} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`
}
