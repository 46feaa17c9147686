import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scale } from '../../../tests/scale.ts'
import { HubError } from './errors.ts'
import type { JsonObject } from './json.ts'
import { jsonBody, readJsonBody } from './json-body.ts'
import {
  bytesOf,
  meaning,
  membersOf,
  space,
  textOf,
  written,
  writtenMembers,
} from './testing/written-json.ts'

function refusal(bytes: Uint8Array): HubError {
  try {
    readJsonBody(bytes)
  } catch (error) {
    if (error instanceof HubError) return error
    throw error
  }
  throw new Error(`accepted: ${textOf(bytes)}`)
}

describe('readJsonBody', () => {
  test('reads any object, however it is spelled, and keeps its bytes', () => {
    fc.assert(
      fc.property(space, writtenMembers, space, (before, members, after) => {
        const bytes = bytesOf(before + written(members) + after)
        const body = readJsonBody(bytes)
        expect(body.bytes).toBe(bytes)
        expect(membersOf(body.value)).toStrictEqual(membersOf(meaning(members) as JsonObject))
      }),
    )
  })

  test('knows exactly where each member begins and ends', () => {
    fc.assert(
      fc.property(space, writtenMembers, (before, members) => {
        const body = readJsonBody(bytesOf(before + written(members)))
        const found = body.members.map(({ key, start, end }) => ({
          key,
          text: textOf(body.bytes.subarray(start, end)),
        }))
        expect(found).toStrictEqual(
          members.map((m) => ({ key: m.key, text: m.keyText + m.restText })),
        )
      }),
    )
  })

  test('is not misled by keys of an earlier request that look like the spelling of this one’s', () => {
    readJsonBody(bytesOf('{"first seen here":1,"\\\\u006":1}'))
    readJsonBody(bytesOf('{"b":{"next seen here":1,"\\\\":1}}'))
    const text = '{"first seen here":1,"\\u006dodel":2,"b":[{"next seen here":1,"\\"" :[-1.5e3]}]}'
    const body = readJsonBody(bytesOf(text))
    const b = [{ 'next seen here': 1, '"': [-1500] }]
    expect(body.value).toEqual({ 'first seen here': 1, model: 2, b })
    expect(body.members.map(({ key }) => key)).toEqual(['first seen here', 'model', 'b'])
  })

  test('refuses an array of objects whose keys are spelled with escapes', () => {
    expect(refusal(bytesOf('[{"\\u0061":1}]')).message).toContain('must be a JSON object')
  })

  test('reads the same from a Buffer that is a window on a larger one', () => {
    const text = '{"a":"x\\\\","b":{"c":"]"}}'
    const window = Buffer.from(`"{${text}}"`).subarray(2, 2 + text.length)
    expect(readJsonBody(window).members).toStrictEqual(readJsonBody(bytesOf(text)).members)
  })

  test('finds the end of a long string whatever its escapes and its length', () => {
    const run = fc.integer({ min: 50, max: 140 })
    fc.assert(
      fc.property(run, fc.nat(5), run, fc.nat(3), (first, slashes, second, quotes) => {
        const value =
          'a'.repeat(first) + '\\'.repeat(slashes) + '"'.repeat(quotes) + 'b'.repeat(second)
        const body = jsonBody({ value, next: 1 })
        expect(body.members.map(({ key }) => key)).toEqual(['value', 'next'])
      }),
    )
  })

  test('jsonBody gives back the value it was made of', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(JSON.stringify(jsonBody(value as JsonObject).value)).toBe(JSON.stringify(value))
      }),
    )
  })

  test.each([
    ['written alike', '{"model":"a","n":1,"model":"b"}', 'model'],
    ['one of them with escapes', '{"model":"a","\\u006dodel":"b"}', 'model'],
    ['both the same value', '{"stream_options":null,"stream_options":null}', 'stream_options'],
  ])('refuses a field that is named twice, %s', (_, text, param) => {
    expect(refusal(bytesOf(text))).toMatchObject({ code: 'invalid_request', param })
  })

  test('accepts a name that comes twice further down, where nobody edits', () => {
    expect(readJsonBody(bytesOf('{"a":{"b":1,"b":2}}')).value).toEqual({ a: { b: 2 } })
  })

  test.each([
    ['arrays', (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`],
    ['objects', (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
  ])('reads %s 256 levels deep and refuses one level more', (_, nested) => {
    expect(readJsonBody(bytesOf(nested(256))).members).toHaveLength(1)
    expect(refusal(bytesOf(nested(257))).message).toContain('256 levels')
  })

  test('refuses a million open brackets without running out of stack', () => {
    const deep = 1_000_000
    expect(refusal(bytesOf(`{"a":${'['.repeat(deep)}${']'.repeat(deep)}}`)).message).toContain(
      'deep',
    )
    expect(refusal(bytesOf(`{"a":${'['.repeat(deep)}`)).code).toBe('invalid_request')
  })

  test.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['an array', '[{"model":"a"}]'],
    ['a string', '"model"'],
    ['null', 'null'],
    ['two objects', '{}{}'],
    ['a comment', '{"a":1 /* one */}'],
    ['a trailing comma', '{"a":1,}'],
    ['a literal that is no JSON', '{"a":undefined}'],
  ])('refuses %s', (_, text) => {
    expect(refusal(bytesOf(text)).code).toBe('invalid_request')
  })

  test.each([
    ['a lone continuation byte', [0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['half a character at the end', [...bytesOf('{"a":"'), 0xf0, 0x9f, 0x98]],
    ['a surrogate', [...bytesOf('{"a":"'), 0xed, 0xa0, 0x80, ...bytesOf('"}')]],
    ['UTF-16', [...Buffer.from('\ufeff{"a":1}', 'utf16le')]],
  ])('refuses bytes that are not UTF-8: %s', (_, bytes) => {
    expect(refusal(Uint8Array.from(bytes)).message).toContain('UTF-8')
    expect(readJsonBody(bytesOf('{"a":"é"}')).value).toEqual({ a: 'é' })
  })

  test('refuses a body that was cut off, wherever', () => {
    fc.assert(
      fc.property(writtenMembers, fc.double({ min: 0, max: 1, noNaN: true }), (members, part) => {
        const bytes = bytesOf(written(members))
        const cut = Math.min(Math.floor(bytes.length * part), bytes.length - 1)
        expect(refusal(bytes.subarray(0, cut)).code).toBe('invalid_request')
      }),
    )
  })

  test('answers damaged bodies with invalid_request and with no other error', () => {
    const damaged = fc
      .tuple(writtenMembers, fc.nat(), fc.nat(3), fc.uint8Array({ maxLength: 3 }))
      .map(([members, position, removed, added]) => {
        const bytes = [...bytesOf(written(members))]
        bytes.splice(position % bytes.length, removed, ...added)
        return Uint8Array.from(bytes)
      })
    const outcome = (bytes: Uint8Array) => {
      try {
        return readJsonBody(bytes).value
      } catch (error) {
        return error instanceof HubError ? error.code : error
      }
    }
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        expect(['invalid_request', expect.any(Object)]).toContainEqual(outcome(bytes))
        expect(outcome(bytes)).not.toBeInstanceOf(Error)
      }),
      { numRuns: scale.malformedBodies },
    )
  })

  const canary = 'canary-4242424242424242'
  test.each([
    ['bare', canary],
    ['posing as the position of the fault', ' at position 4242'],
    ['in a string that never ends', `{"a":"${canary}`],
    ['before the fault', `{"a":"${canary}",}`],
    ['after the fault', `{"a":tru "${canary}"}`],
    ['as a value of a field named twice', `{"a":"${canary}","a":"${canary}"}`],
    ['as a sentence named twice', `{"the ${canary}":1,"the ${canary}":2}`],
    ['in an array', `["${canary}"]`],
    ['too deep', `${'{"a":'.repeat(300)}"${canary}"${'}'.repeat(300)}`],
    ['beside bytes that are not UTF-8', `{"a":"${canary}\u0000"}`],
  ])('never quotes the body in its error: %s', (_, text) => {
    const bytes = Uint8Array.from(bytesOf(text), (byte) => (byte === 0 ? 0xff : byte))
    expect(inspect(refusal(bytes))).not.toContain('4242')
  })
})
