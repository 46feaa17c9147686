import fc from 'fast-check'
import type { JsonObject } from '../json.ts'

export const bytesOf = (text: string) => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** A piece of JSON in one of the many spellings the grammar allows, and what it says. */
interface Spelled {
  text: string
  value: unknown
}

// `JSON.parse` is the judge of strings and numbers only: it may misread keys (see `readEscapedKeys`).
const judged = (text: string): Spelled => ({ text, value: JSON.parse(text) })
export const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 2 })
const character = fc.oneof(
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 1 })
    .map((c) => JSON.stringify(c).slice(1, -1)),
  fc.constantFrom('\\"', '\\\\', '\\/', '\\n', '\\u0061', '\\uD83D\\uDE00', '\\ud800'),
  fc.constantFrom('{', '}', '[', ']', ',', ':', 'é', '日', '😀'),
)
const quoted = (maxLength: number) =>
  fc.array(character, { maxLength }).map((characters) => judged(`"${characters.join('')}"`))
const string = fc.oneof(
  { weight: 9, arbitrary: quoted(6) },
  { weight: 1, arbitrary: quoted(200) },
) as fc.Arbitrary<{ text: string; value: string }>
const number = fc
  .oneof(
    fc.bigInt().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
    fc.constantFrom('-0', '0.10', '1E+2', '1e400', '12345678901234567890123'),
  )
  .map(judged)

export interface WrittenMember {
  key: string
  keyText: string
  value: unknown
  /** Colon and value. */
  restText: string
  before: string
  after: string
}
const memberOf = (key: typeof string, value: fc.Arbitrary<Spelled>): fc.Arbitrary<WrittenMember> =>
  fc.tuple(space, key, space, space, value, space).map(([before, key, a, b, value, after]) => ({
    key: key.value,
    keyText: key.text,
    value: value.value,
    restText: `${a}:${b}${value.text}`,
    before,
    after,
  }))
export const written = (members: WrittenMember[]) =>
  `{${members.map((m) => m.before + m.keyText + m.restText + m.after).join(',')}}`
export const meaning = (members: WrittenMember[]) =>
  Object.fromEntries(members.map(({ key, value }) => [key, value]))

export const { value } = fc.letrec<{ value: Spelled }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', '[]', '{ }').map(judged),
    number,
    string,
    fc.array(fc.tuple(space, tie('value'), space), { minLength: 1, maxLength: 4 }).map((items) => ({
      text: `[${items.map(([before, { text }, after]) => before + text + after).join(',')}]`,
      value: items.map(([, { value }]) => value),
    })),
    fc
      .array(memberOf(string, tie('value')), { minLength: 1, maxLength: 4 })
      .map((members) => ({ text: written(members), value: meaning(members) })),
  ),
}))
const familiarKey = fc
  .constantFrom('"model"', '"\\u006dodel"', '"n"', '"__proto__"')
  .map(judged) as typeof string
export const writtenMembers = fc.uniqueArray(memberOf(fc.oneof(string, familiarKey), value), {
  selector: ({ key }) => key,
  maxLength: 8,
})

/** Own members by name: plain objects would hide a `__proto__`. */
export const membersOf = (value: JsonObject) => new Map<string, unknown>(Object.entries(value))
