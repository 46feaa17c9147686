import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRandom } from '../../random.ts'
import { matchesPattern, readPattern } from './pattern.ts'

test.each([
  '^[a-z]+$',
  '^(foo|ba[rz])-\\d{2,4}$',
  '^[^a-z]{3}$',
  '^\\p{Lu}\\p{L}*$',
  '^[\\w.+-]+@[a-z]+(?:\\.[a-z]{2,})+$',
  '^\\$\\d+(?:\\.\\d\\d)?$',
  '^(?<year>\\d{4})/\\u0041\\x42\\u{1F600}?$',
  '^[\\d\\-_\\]]{2,}?\\s\\S\\D\\W$',
  '[A-F0-9]{8}',
  '^a|b$',
  '^日本(語|人)*$',
  '',
])('every string made for %s matches, without asking', (pattern) => {
  const sampler = readPattern(pattern)
  expect(sampler?.isExact).toBe(true)
  fc.assert(
    fc.property(fc.nat(), fc.nat(20), (seed, extra) => {
      const text = sampler?.make(createRandom(seed), extra) ?? ''
      expect(text).toMatch(new RegExp(pattern, 'u'))
    }),
    { numRuns: 50 },
  )
})

test.each(['^(?=a)a$', '\\bword\\b', 'a^b', 'a$b', '^(?!x).+$', '(?<=a)b'])(
  '%s has to be asked',
  (pattern) => {
    expect(readPattern(pattern)?.isExact).toBe(false)
  },
)

test.each(['(a)\\1', '[', '(a', 'a)', '*a', '\\u{110000}', '[z-a]'])(
  '%s cannot be read',
  (pattern) => {
    expect(readPattern(pattern)).toBeUndefined()
  },
)

test('an expression that would take forever is given up', () => {
  expect(matchesPattern('^(a+)+$(?<!a)', 'a'.repeat(60))).toBeUndefined()
  expect(matchesPattern('^a+$', 'aaa')).toBe(true)
  expect(matchesPattern('^a+$', 'b')).toBe(false)
})
