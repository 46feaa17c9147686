import { appendFileSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createJsonLines } from './json-lines.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const inFolder = () => createJsonLines(join(temporaryFolder(), 'lines.jsonl'))
const parsed = (lines: Iterable<string>) => [...lines].map((line) => JSON.parse(line) as unknown)

test('whatever is appended is read back in order', () => {
  const folder = temporaryFolder()
  let files = 0
  fc.assert(
    fc.property(fc.array(fc.array(fc.jsonValue())), (appends) => {
      const lines = createJsonLines(join(folder, `${files++}.jsonl`))
      for (const values of appends) lines.append(values)
      const stored = lines.exists() ? parsed(lines.read()) : []
      expect(stored).toEqual(JSON.parse(JSON.stringify(appends.flat())))
    }),
    { numRuns: 30 },
  )
})

test('lines longer than what is read at once come back whole', () => {
  const lines = inFolder()
  const values = ['€'.repeat(700_000), 'short', '𝒳'.repeat(600_000)]
  lines.append(values)
  expect(parsed(lines.read())).toEqual(values)
})

test('bigints become strings of digits', () => {
  const lines = inFolder()
  lines.append([{ cost: 9_007_199_254_740_993n }])
  expect([...lines.read()]).toEqual(['{"cost":"9007199254740993"}'])
})

test('a line that was cut short spoils no other', () => {
  const lines = inFolder()
  lines.append([1])
  appendFileSync(lines.file, '{"cut sh')
  lines.append([2])
  expect([...lines.read()]).toEqual(['1', '{"cut sh', '2'])
})

test('the file is for its owner alone, and gone once removed', () => {
  const lines = inFolder()
  expect(lines.exists()).toBe(false)
  lines.append([1])
  expect(statSync(lines.file).mode & 0o777).toBe(0o600)
  lines.remove()
  expect(lines.exists()).toBe(false)
})

test('what cannot be written throws', () => {
  const lines = inFolder()
  mkdirSync(lines.file)
  expect(() => lines.append([1])).toThrow('EISDIR')
})
