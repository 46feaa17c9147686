import type { JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import { matchesPattern, readPattern } from './pattern.ts'

const hex = '0123456789abcdef'

function hexDigits(random: Random, length: number): string {
  return Array.from({ length }, () => hex[random.below(16)]).join('')
}

const two = (value: number) => String(value).padStart(2, '0')
const day = (random: Random) => `2026-${two(1 + random.below(12))}-${two(1 + random.below(28))}`
const time = (random: Random) =>
  `${two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}Z`

/** One value of each format of JSON Schema 2020-12 (validation, section 7). */
const formats: Readonly<Record<string, (random: Random) => string>> = {
  date: day,
  time,
  'date-time': (random) => `${day(random)}T${time(random)}`,
  duration: (random) => `P${1 + random.below(30)}D`,
  email: (random) => `sample${random.below(100)}@example.com`,
  'idn-email': (random) => `sample${random.below(100)}@example.com`,
  hostname: (random) => `host${random.below(100)}.example.com`,
  'idn-hostname': (random) => `host${random.below(100)}.example.com`,
  ipv4: (random) => `192.0.2.${random.below(256)}`,
  ipv6: (random) => `2001:db8::${hexDigits(random, 4)}`,
  uri: (random) => `https://example.com/sample-${random.below(100)}`,
  iri: (random) => `https://example.com/sample-${random.below(100)}`,
  'uri-reference': (random) => `/sample-${random.below(100)}`,
  'iri-reference': (random) => `/sample-${random.below(100)}`,
  'uri-template': (random) => `https://example.com/{name}/${random.below(100)}`,
  uuid: (random) =>
    `${hexDigits(random, 8)}-${hexDigits(random, 4)}-4${hexDigits(random, 3)}-8${hexDigits(random, 3)}-${hexDigits(random, 12)}`,
  'json-pointer': (random) => `/sample/${random.below(10)}`,
  'relative-json-pointer': (random) => `${random.below(10)}/sample`,
  regex: () => '^sample$',
}

interface Length {
  least: number
  most: number
}

function lengthOf(schema: JsonObject): Length {
  return {
    least: typeof schema.minLength === 'number' ? schema.minLength : 0,
    most: typeof schema.maxLength === 'number' ? schema.maxLength : Infinity,
  }
}

function isWithin(text: string, { least, most }: Length): boolean {
  const length = Array.from(text).length
  return length >= least && length <= most
}

/** Words of a property's name, for a text that says what it stands for. */
function plainText(name: string, { least, most }: Length, random: Random): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join(' ')
    .toLowerCase()
  const text = `simulated ${words === '' ? 'value' : words} ${1 + random.below(999)}`
  const repeated = text.padEnd(Math.min(least, longestText), ` ${text}`)
  const characters = Array.from(repeated).slice(0, Math.min(most, longestText))
  return characters.join('')
}

const longestText = 100_000
const patternLengths = 48
const patternChecks = 4

/** A text that fits `schema`, or undefined when none was found. */
export function textFor(schema: JsonObject, name: string, random: Random): string | undefined {
  const length = lengthOf(schema)
  const { format: wanted } = schema
  const isKnown = typeof wanted === 'string' && Object.hasOwn(formats, wanted)
  const format = isKnown ? formats[wanted] : undefined
  if (typeof schema.pattern === 'string') {
    return textForPattern(schema.pattern, format, length, random)
  }
  const text = format ? format(random) : plainText(name, length, random)
  return isWithin(text, length) ? text : undefined
}

function textForPattern(
  pattern: string,
  format: ((random: Random) => string) | undefined,
  length: Length,
  random: Random,
): string | undefined {
  const formatted = format?.(random)
  if (formatted !== undefined && isWithin(formatted, length)) {
    if (matchesPattern(pattern, formatted)) return formatted
  }
  const sampler = readPattern(pattern)
  let checked = 0
  for (let extra = 0; sampler && extra < patternLengths && checked < patternChecks; extra++) {
    const text = sampler.make(random, extra)
    if (!isWithin(text, length)) continue
    const matches = sampler.isExact || matchesPattern(pattern, text)
    if (matches) return text
    if (matches === undefined) return undefined
    checked++
  }
  return undefined
}

/** Whether a text from a question may stand where `schema` asks for text: nothing but its length counts. */
export function acceptsText(schema: JsonObject, text: string): boolean {
  if (schema.format !== undefined || schema.pattern !== undefined) return false
  return isWithin(text, lengthOf(schema))
}
