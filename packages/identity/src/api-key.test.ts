import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkOperatorKey,
  deriveDemoKey,
  digestApiKey,
  isWellFormed,
  maskApiKey,
  mayBeApiKey,
  mintApiKey,
} from './api-key.ts'

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const seeded = (seed: number) => (size: number) =>
  Uint8Array.from(
    { length: size },
    (_, at) => createHash('md5').update(`${seed}:${at}`).digest()[0] ?? 0,
  )

describe('a minted key', () => {
  test('has the documented shape and is well formed', () => {
    const { key, id, prefix, digest } = mintApiKey({ environment: 'live' })
    expect(key).toMatch(/^hub_live_[0-9A-Za-z]{48}$/)
    expect(id).toBe(key.slice(9, 19))
    expect(prefix).toBe(`hub_live_${id}`)
    expect(digest).toBe(createHash('sha256').update(key).digest('hex'))
    expect(isWellFormed(key)).toBe(true)
  })

  test('is well formed whatever the random bytes and the environment', () => {
    fc.assert(
      fc.property(fc.nat(), fc.stringMatching(/^[a-z]{2,16}$/), (seed, environment) =>
        isWellFormed(mintApiKey({ environment, random: seeded(seed) }).key),
      ),
    )
  })

  test('is no longer well formed after a change of any one character', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat({ max: 56 }),
        fc.constantFrom(...base62, '_', '-', ' '),
        (seed, at, replacement) => {
          const { key } = mintApiKey({ environment: 'live', random: seeded(seed) })
          fc.pre(key[at] !== replacement)
          return !isWellFormed(key.slice(0, at) + replacement + key.slice(at + 1))
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('is not well formed with a character missing, added or swapped with its neighbour', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 55 }), (seed, at) => {
        const { key } = mintApiKey({ environment: 'live', random: seeded(seed) })
        expect(isWellFormed(key.slice(0, at) + key.slice(at + 1))).toBe(false)
        expect(isWellFormed(`${key.slice(0, at)}x${key.slice(at)}`)).toBe(false)
        fc.pre(key[at] !== key[at + 1])
        expect(
          isWellFormed(`${key.slice(0, at)}${key[at + 1]}${key[at]}${key.slice(at + 2)}`),
        ).toBe(false)
      }),
    )
  })

  test('is never minted twice in ten thousand, nor is its id', () => {
    const minted = Array.from({ length: 10_000 }, () => mintApiKey({ environment: 'live' }))
    expect(new Set(minted.map(({ key }) => key)).size).toBe(10_000)
    expect(new Set(minted.map(({ id }) => id)).size).toBe(10_000)
  })

  test('uses every letter of the alphabet about equally often', () => {
    const counts = new Map<string, number>()
    const letters = Array.from({ length: 2_000 }, () =>
      mintApiKey({ environment: 'live' }).key.slice(9, 51),
    )
    for (const letter of letters.join('')) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    const expected = (2_000 * 42) / 62
    expect(counts.size).toBe(62)
    expect(Math.max(...counts.values())).toBeLessThan(expected * 1.3)
    expect(Math.min(...counts.values())).toBeGreaterThan(expected * 0.7)
  })

  test.each(['', 'l', 'Live', 'li_ve', 'seventeenletterss'])(
    'is refused for the environment "%s"',
    (environment) => {
      expect(() => mintApiKey({ environment })).toThrow(TypeError)
    },
  )
})

describe('the demo key', () => {
  const masterKey = Buffer.alloc(32, 7)

  test('is the same for the same master key, also in later versions', () => {
    expect(deriveDemoKey(masterKey)).toEqual(deriveDemoKey(Buffer.from(masterKey)))
    expect(digestApiKey(deriveDemoKey(masterKey).key)).toBe(
      'fa537c280cdc358f1c872ebf3d4addfdd081e30f38a5ef21a557126b77283075',
    )
  })

  test('is well formed and differs between master keys', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (other) => {
        fc.pre(!masterKey.equals(other))
        const { key } = deriveDemoKey(other)
        return (
          key.startsWith('hub_demo_') && isWellFormed(key) && key !== deriveDemoKey(masterKey).key
        )
      }),
    )
  })
})

describe('a key the operator chose', () => {
  test.each([
    ['correct-horse-battery', undefined],
    ['!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~', undefined],
    ['fifteen-letters', 'must have at least 16 characters'],
    ['has a space in the middle', 'may only hold printable ASCII characters without spaces'],
    ['ends-with-a-newline\n', 'may only hold printable ASCII characters without spaces'],
    ['schlüssel-zum-glück', 'may only hold printable ASCII characters without spaces'],
    ['x'.repeat(257), 'may have at most 256 characters'],
  ])('%j: %s', (text, problem) => {
    expect(checkOperatorKey(text)).toBe(problem)
    expect(mayBeApiKey(text)).toBe(problem === undefined)
  })

  test('that looks like one of ours must be one of ours', () => {
    const { key } = mintApiKey({ environment: 'live' })
    const damaged = key.slice(0, -1)
    expect(checkOperatorKey(key)).toBeUndefined()
    expect(checkOperatorKey(damaged)).toContain('checksum')
    expect(checkOperatorKey(damaged)).not.toContain(damaged)
    expect([mayBeApiKey(key), mayBeApiKey(damaged)]).toEqual([true, false])
  })
})

test('a mask shows the id of our keys, four characters of others, and nothing of a secret', () => {
  const { key, prefix } = mintApiKey({ environment: 'live' })
  expect(maskApiKey(key)).toBe(`${prefix}…`)
  expect(maskApiKey('correct-horse-battery')).toBe('corr…')
})
