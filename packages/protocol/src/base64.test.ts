import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBase64, toBase64 } from './base64.ts'

test('bytes are written as Node writes them, and read again', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
      expect(toBase64(bytes, true)).toBe(Buffer.from(bytes).toString('base64url'))
      expect(fromBase64(toBase64(bytes))).toEqual(bytes)
      expect(fromBase64(toBase64(bytes, true))).toEqual(bytes)
    }),
    { numRuns: 500 },
  )
})

test.each(['a', 'ab c', 'ab\n=', 'é', 'abcde', '====a'])('%j is not base64', (text) => {
  expect(fromBase64(text)).toBeUndefined()
})
