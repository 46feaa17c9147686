import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatUsd, parseRate, parseUsd, type Rate, sumAtRates } from './money.ts'

const dollars = fc
  .tuple(
    fc.boolean(),
    fc.bigInt({ min: 0n, max: 10n ** 15n }),
    fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 9 }),
  )
  .map(
    ([negative, whole, fraction]) => `${negative ? '-' : ''}${whole}${fraction && `.${fraction}`}`,
  )

describe('parseUsd and formatUsd', () => {
  test('every amount survives being written and read', () => {
    fc.assert(
      fc.property(fc.bigInt(), (amount) => {
        expect(parseUsd(formatUsd(amount))).toBe(amount)
      }),
    )
  })

  test('every text with up to nine decimals is read exactly', () => {
    fc.assert(
      fc.property(dollars, (text) => {
        const [whole = '', fraction = ''] = text.replace('-', '').split('.')
        const scaled = BigInt(whole + fraction) * 10n ** BigInt(9 - fraction.length)
        expect(parseUsd(text)).toBe(text.startsWith('-') ? -scaled : scaled)
      }),
    )
  })

  test.each([
    ['0.15', 150_000_000n],
    ['-0.000000001', -1n],
    [' 3 ', 3_000_000_000n],
    ['1.50000000000000000000', 1_500_000_000n],
  ])('%j is %s nano-dollars', (text, amount) => {
    expect(parseUsd(text)).toBe(amount)
  })

  test.each([
    [0n, '0'],
    [-1n, '-0.000000001'],
    [1_000_000_000n, '1'],
    [-1_500_000_000n, '-1.5'],
  ])('%s nano-dollars are written %j', (amount, text) => {
    expect(formatUsd(amount)).toBe(text)
  })

  test.each([
    '',
    '.',
    '.5',
    '5.',
    '+1',
    '--1',
    '1e3',
    '1,5',
    '1_000',
    '0x10',
    '٣',
    'NaN',
    '$1',
    '0.0000000001',
  ])('parseUsd refuses %j', (text) => {
    expect(() => parseUsd(text)).toThrow(RangeError)
  })
})

describe('parseRate', () => {
  test('reads a price a million units', () => {
    expect(parseRate('0.15', 1_000_000)).toEqual({ pico: 150_000_000_000n, per: 1_000_000 })
  })

  test.each([
    ['-0.1', 1],
    ['0.0000000000001', 1],
    ['1', 0],
    ['1', -1],
    ['1', 1.5],
    ['1', Number.NaN],
    ['1', 2 ** 53],
  ])('refuses $%s per %d', (price, per) => {
    expect(() => parseRate(price, per)).toThrow(RangeError)
  })
})

describe('sumAtRates', () => {
  const quantity = fc.oneof(fc.nat(), fc.maxSafeNat())
  const rate: fc.Arbitrary<Rate> = fc.record({
    pico: fc.bigInt({ min: 0n, max: 10n ** 18n }),
    per: fc.oneof(fc.constantFrom(1, 1000, 1_000_000), fc.integer({ min: 1 })),
  })
  const lines = fc.array(fc.record({ quantity, rate }), { maxLength: 8 })

  test('is never below cost and less than one nano-dollar above it', () => {
    fc.assert(
      fc.property(lines, (lines) => {
        // Exact cost in nano-dollars = cost / scale, with every line over one common denominator.
        const pers = lines.map(({ rate }) => BigInt(rate.per))
        const scale = pers.reduce((product, per) => product * per, 1000n)
        const cost = lines.reduce(
          (sum, { quantity, rate }) =>
            sum + (BigInt(quantity) * rate.pico * (scale / 1000n)) / BigInt(rate.per),
          0n,
        )
        const charged = sumAtRates(lines) * scale
        expect(charged >= cost).toBe(true)
        expect(charged - cost < scale).toBe(true)
      }),
    )
  })

  test('does not depend on the order of the lines', () => {
    fc.assert(
      fc.property(lines, (lines) => {
        expect(sumAtRates(lines.toReversed())).toBe(sumAtRates(lines))
      }),
    )
  })

  test('rounds once, not a line at a time', () => {
    const third = { quantity: 1, rate: { pico: 1000n, per: 3 } }
    expect(sumAtRates([third, third, third])).toBe(1n)
  })

  test('charges what a price list says', () => {
    const lines = [
      { quantity: 1_000, rate: parseRate('0.15', 1_000_000) },
      { quantity: 500, rate: parseRate('0.60', 1_000_000) },
    ]
    expect(formatUsd(sumAtRates(lines))).toBe('0.00045')
  })

  test('nothing costs nothing', () => {
    expect(sumAtRates([])).toBe(0n)
    expect(sumAtRates([{ quantity: 0, rate: { pico: 5n, per: 7 } }])).toBe(0n)
  })

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'refuses a quantity of %d',
    (quantity) => {
      expect(() => sumAtRates([{ quantity, rate: { pico: 1n, per: 1 } }])).toThrow(RangeError)
    },
  )
})
