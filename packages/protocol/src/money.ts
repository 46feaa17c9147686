/** Nano-dollars: 1 USD = 1_000_000_000n. The unit of every amount that is stored or compared. */
export type NanoUsd = bigint

/** Pico-dollars: 1 nano-dollar = 1000n. Only used between a rate and the one rounding at the end. */
export type PicoUsd = bigint

/**
 * A price for one kind of unit: `pico` picodollars for every `per` units.
 * $0.15 per million tokens = `{ pico: 150_000_000_000n, per: 1_000_000 }`.
 */
export interface Rate {
  readonly pico: PicoUsd
  /** A whole number ≥ 1. */
  readonly per: number
}

const nanoPerUsd = 1_000_000_000n
const picoPerNano = 1_000n

/** A decimal amount as people and vendors write it, up to `digits` decimals, as a whole number. */
function parseDecimal(text: string, digits: number): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim())
  if (!match) throw new RangeError(`"${text}" is not a decimal amount such as 0.15.`)
  const [, sign, whole = '', fraction = ''] = match
  if (/[1-9]/.test(fraction.slice(digits))) {
    throw new RangeError(`"${text}" has more than ${digits} decimals, which would be lost.`)
  }
  const value = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'))
  return sign === '-' ? -value : value
}

/**
 * Dollars as text to nano-dollars: `parseUsd('0.15')` is `150_000_000n`.
 * @throws RangeError for anything that is not a plain decimal, or that has more than nine decimals.
 */
export function parseUsd(dollars: string): NanoUsd {
  return parseDecimal(dollars, 9)
}

/**
 * A vendor's price as text to a rate: `parseRate('0.15', 1_000_000)` is $0.15 per million.
 * @throws RangeError for a negative or malformed price, or a `per` that is not a whole number ≥ 1.
 */
export function parseRate(dollars: string, per: number): Rate {
  const pico = parseDecimal(dollars, 12)
  if (pico < 0n) throw new RangeError(`A rate cannot be negative: "${dollars}".`)
  if (!Number.isSafeInteger(per) || per < 1) {
    throw new RangeError(`A rate is for a whole number of units of at least 1, not ${per}.`)
  }
  return { pico, per }
}

/** Nano-dollars as dollars, exactly: `formatUsd(150_000_000n)` is `'0.15'`. */
export function formatUsd(amount: NanoUsd): string {
  const sign = amount < 0n ? '-' : ''
  const absolute = amount < 0n ? -amount : amount
  const fraction = (absolute % nanoPerUsd).toString().padStart(9, '0').replace(/0+$/, '')
  return `${sign}${absolute / nanoPerUsd}${fraction === '' ? '' : `.${fraction}`}`
}

/**
 * The sum of quantities at their rates, in nano-dollars: every line is exact, and the sum is rounded
 * once, up, so that a charge is never below cost and never more than one nano-dollar above it.
 * @throws RangeError for a quantity that is not a whole number ≥ 0.
 */
export function sumAtRates(lines: readonly { quantity: number; rate: Rate }[]): NanoUsd {
  // Fractions with the denominators multiplied out, so that lines with different `per` stay exact.
  let numerator = 0n
  let denominator = 1n
  for (const { quantity, rate } of lines) {
    if (!Number.isSafeInteger(quantity) || quantity < 0) {
      throw new RangeError(`A quantity is a whole number of at least 0, not ${quantity}.`)
    }
    const per = BigInt(rate.per)
    numerator = numerator * per + BigInt(quantity) * rate.pico * denominator
    denominator *= per
  }
  const divisor = denominator * picoPerNano
  return (numerator + divisor - 1n) / divisor
}
