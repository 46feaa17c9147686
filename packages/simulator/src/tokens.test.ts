import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countTokens, splitTokens } from './tokens.ts'

/** A surrogate without its other half. */
const halfACharacter = /\p{Surrogate}/u
const anyText = fc.string({ unit: 'binary', maxLength: 200 })

test('tokens joined are the text again, and are counted as they are cut', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const tokens = splitTokens(text)
      expect(tokens.join('')).toBe(text)
      expect(tokens).not.toContain('')
      expect(countTokens(text)).toBe(tokens.length)
    }),
  )
})

test('a character is never cut in two', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(splitTokens(text).filter((token) => halfACharacter.test(token))).toEqual([])
    }),
  )
})

test('a word takes the space before it along, and a Chinese character is a token', () => {
  expect(splitTokens('one two, 2026\n你好')).toEqual([
    'one',
    ' two',
    ',',
    ' 202',
    '6',
    '\n',
    '你',
    '好',
  ])
})
