import type { JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'

/** Numbers are taken from here where the schema leaves a choice: people read them more easily. */
const usual = { low: 0, high: 100 }

interface Range {
  low: number
  high: number
  lowExcluded: boolean
  highExcluded: boolean
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback
}

function rangeOf(schema: JsonObject): Range {
  const minimum = numberOr(schema.minimum, -Infinity)
  const above = numberOr(schema.exclusiveMinimum, -Infinity)
  const maximum = numberOr(schema.maximum, Infinity)
  const below = numberOr(schema.exclusiveMaximum, Infinity)
  return {
    low: Math.max(minimum, above),
    high: Math.min(maximum, below),
    lowExcluded: above >= minimum,
    highExcluded: below <= maximum,
  }
}

/** Whether `value` is allowed by the numeric keywords of `schema`. */
export function acceptsNumber(schema: JsonObject, value: number, isInteger: boolean): boolean {
  const { low, high, lowExcluded, highExcluded } = rangeOf(schema)
  if (isInteger && !Number.isInteger(value)) return false
  if (value < low || value > high) return false
  if (lowExcluded && value === low) return false
  if (highExcluded && value === high) return false
  const step = schema.multipleOf
  return typeof step !== 'number' || Number.isInteger(value / step)
}

/** The part of the range that is within the usual numbers, or the range's own end near zero. */
function window({ low, high, lowExcluded, highExcluded }: Range): { from: number; to: number } {
  const from = Math.max(low, usual.low)
  const to = Math.min(high, usual.high)
  const isPoint = from === to && !lowExcluded && !highExcluded
  if (from < to || isPoint) return { from, to }
  if (low >= usual.high) return { from: low, to: Math.min(high, low + usual.high) }
  return { from: Math.max(low, high - usual.high), to: high }
}

const tries = 32

/** A number that fits `schema`, or undefined when none was found. */
export function numberFor(
  schema: JsonObject,
  isInteger: boolean,
  random: Random,
): number | undefined {
  const range = rangeOf(schema)
  const { from, to } = window(range)
  const step = numberOr(schema.multipleOf, isInteger ? 1 : 0)
  for (let tried = 0; tried < tries; tried++) {
    const value =
      step > 0
        ? steppedNumber(Math.ceil(from / step), Math.floor(to / step), step, tried, random)
        : between(from, to, random)
    if (acceptsNumber(schema, value, isInteger)) return value
  }
  const middle = from + (to - from) / 2
  return [middle, from, to].find((value) => acceptsNumber(schema, value, isInteger))
}

function steppedNumber(
  first: number,
  last: number,
  step: number,
  tried: number,
  random: Random,
): number {
  const count = Math.max(1, Math.min(last - first + 1, 1000))
  // The first half of the tries is free, the second goes up from the lowest.
  const offset = tried < tries / 2 ? random.below(count) : tried - tries / 2
  return (first + offset) * step
}

function between(from: number, to: number, random: Random): number {
  const value = from + (to - from) * random.fraction()
  const rounded = Math.round(value * 100) / 100
  return rounded >= from && rounded <= to ? rounded : value
}
