import fc from 'fast-check'
import { expect, test } from 'vitest'
import { replyUsage } from './operation.ts'
import { readCount, usageOf } from './usage.ts'

test('a count is a whole number from 0 to 2^53, whatever a provider reports', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.double(), fc.integer()), (reported) => {
      const count = readCount(reported)
      expect(Number.isSafeInteger(count) && count >= 0).toBe(true)
    }),
  )
})

test('a sound count is taken as it is', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (count) => {
      expect(readCount(count)).toBe(count)
    }),
  )
})

test.each([
  [-1, 0],
  [-0, 0],
  [Number.NaN, 0],
  [Number.NEGATIVE_INFINITY, 0],
  [Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER],
  [1e300, Number.MAX_SAFE_INTEGER],
  [2.9, 2],
  ['12', 0],
  [12n, 0],
  [null, 0],
  [undefined, 0],
  [[12], 0],
])('a count of %s counts as %d', (reported, count) => {
  expect(readCount(reported)).toBe(count)
})

test('usage that nobody names is zero', () => {
  const { estimated, serverToolRequests, ...counts } = usageOf({ input: 3 })
  expect(counts.input).toBe(3)
  expect(Object.values(counts).filter((count) => count !== 0)).toEqual([3])
  expect({ estimated, serverToolRequests }).toEqual({ estimated: false, serverToolRequests: {} })
})

test('tool counts of one usage are not those of the next', () => {
  usageOf().serverToolRequests.search = 1
  expect(usageOf().serverToolRequests).toEqual({})
})

test('the usage of a chat is the last one reported', () => {
  const usage = replyUsage.chat([
    { type: 'usage', usage: usageOf({ input: 1 }) },
    { type: 'usage', usage: usageOf({ input: 1, output: 2 }) },
    { type: 'keepAlive' },
  ])
  expect(usage).toEqual(usageOf({ input: 1, output: 2 }))
})

test('the usage of a chat that reported none is marked as estimated', () => {
  expect(replyUsage.chat([{ type: 'keepAlive' }]).estimated).toBe(true)
})
