import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEnvelope, SealBroken } from './envelope.ts'

const masterKey = randomBytes(32)
const envelope = createEnvelope(masterKey, 'tests')

test('what is sealed opens to the same text in the same place', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
      const sealed = envelope.seal(text, context)
      expect(createEnvelope(masterKey, 'tests').open(sealed, context)).toBe(text)
    }),
  )
})

test('the same text is sealed differently every time, and never shows', () => {
  const sealed = [envelope.seal('a secret', 'row'), envelope.seal('a secret', 'row')]
  expect(new Set(sealed).size).toBe(2)
  for (const one of sealed) {
    expect(Buffer.from(one, 'base64').includes('a secret')).toBe(false)
  }
})

test('no changed bit opens', () => {
  const sealed = Buffer.from(envelope.seal('a secret', 'row'), 'base64')
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
    expect(() => envelope.open(changed.toString('base64'), 'row')).toThrow(SealBroken)
  }
})

test.each([
  ['for another place', () => envelope.open(envelope.seal('x', 'a'), 'b')],
  ['for another purpose', () => createEnvelope(masterKey, 'o').open(envelope.seal('x', 'a'), 'a')],
  [
    'with another master key',
    () => createEnvelope(randomBytes(32), 'tests').open(envelope.seal('x', 'a'), 'a'),
  ],
  ['by nobody', () => envelope.open('', 'a')],
  ['and cut short', () => envelope.open(envelope.seal('', 'a').slice(0, 24), 'a')],
])('what was sealed %s does not open', (_, open) => {
  expect(open).toThrow(SealBroken)
})

test('a short master key is refused', () => {
  expect(() => createEnvelope(randomBytes(31), 'tests')).toThrow(RangeError)
})
