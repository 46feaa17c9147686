import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRetryAfterMs } from './retry-after.ts'

test.each<[string, number | undefined]>([
  ['37', 37_000],
  ['0.5', 500],
  ['2m59.56s', 179_560],
  ['7.66s', 7660],
  ['6m0s', 360_000],
  ['1h2m3s', 3_723_000],
  ['120ms', 120],
  ['1s20ms', 1020],
  ['23h59m59s', 86_399_000],
  ['25h', undefined],
  ['1790000000', undefined],
  ['-1', undefined],
  ['soon', undefined],
  ['', undefined],
])('a limit that begins anew in %j', (reset, milliseconds) => {
  expect(readRetryAfterMs({ 'x-ratelimit-reset-requests': reset }, 429)).toBe(milliseconds)
})

test('of several limits that are used up, the longest counts', () => {
  const headers = { 'x-ratelimit-reset-requests': '2s', 'x-ratelimit-reset-tokens': '1m0s' }
  expect(readRetryAfterMs(headers, 429)).toBe(60_000)
  expect(readRetryAfterMs({ ...headers, 'x-ratelimit-remaining-tokens': '9' }, 429)).toBe(2000)
  expect(readRetryAfterMs(headers, 500)).toBeUndefined()
})

test('no header makes it anything but a wait of at most a day', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.hms- ') }), (reset) => {
      const wait = readRetryAfterMs({ 'x-ratelimit-reset-tokens': reset }, 429) ?? 0
      expect(wait >= 0 && wait <= 86_400_000 && Number.isInteger(wait)).toBe(true)
    }),
  )
})
