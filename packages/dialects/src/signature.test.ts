import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unwrapSignature, wrapSignature } from './signature.ts'
import { partial } from './testing/arbitrary-request.ts'

test('a signature is what was wrapped', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1 })
  const signature = partial<{ value: string; vendor: string; model?: string }>(
    {
      value: fc.oneof(word, fc.constant('a\0b'), fc.constant('')),
      vendor: fc.stringMatching(/^[a-z][a-z0-9.-]*$/),
      model: word.filter((model) => !model.includes('\0')),
    },
    ['value', 'vendor'],
  )
  fc.assert(
    fc.property(signature, (given) => {
      const wrapped = wrapSignature(given)
      expect(wrapped).toMatch(/^hub1\.[a-z][a-z0-9.-]*\.[\w-]*$/)
      expect(unwrapSignature(wrapped)).toStrictEqual(given)
    }),
    { numRuns: 300 },
  )
})

test('the form is hub1, the vendor, and base64url', () => {
  expect(wrapSignature({ value: 'sig', vendor: 'anthropic' })).toBe('hub1.anthropic.c2ln')
})

test.each(['', 'c2ln', 'hub1.', 'hub1.x', 'hub1..c2ln', 'hub1.x.!', 'hub2.x.c2ln', 'hub1.x.gA'])(
  '%j is no wrapped signature',
  (text) => expect(unwrapSignature(text)).toBeUndefined(),
)
