import { HubError } from './errors.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { readEscapedKeys } from './json-escaped-keys.ts'
import { type MemberSpan, scanMembers } from './json-scan.ts'

/** One top-level member: its name, and where it stands in the bytes. */
interface Member extends MemberSpan {
  key: string
}

/** A JSON object as it arrived: parsed once, and the bytes kept for the relay lane. */
export interface JsonBody {
  readonly bytes: Uint8Array
  readonly value: JsonObject
  readonly members: readonly Member[]
}

const decoder = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()

/** The parser's own message may quote the body, which does not belong in an error: only where it is. */
function whatIsWrong(text: string, cause: unknown): string {
  if (text.trim() === '') return 'it is empty'
  const message = String(cause)
  if (message.endsWith('Unexpected end of JSON input')) return 'it ends too early'
  // Anchored, since a quoted body could itself say "at position".
  const position = / at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1]
  if (position !== undefined) return `something is wrong at position ${position}`
  return 'it holds something that is no JSON value'
}

/** A key as it may stand in a message: only what looks like the name of a field. */
function fieldName(key: string): string | undefined {
  return /^[\w.-]{1,64}$/.test(key) ? key : undefined
}

/**
 * Gives the members their names, and refuses a name that comes twice. The parsed object names its members
 * in the order they stand in, with two exceptions: names that are array indices come first, and one that
 * comes twice is there once. Only for those are the names read once more.
 */
function named(bytes: Uint8Array, spans: readonly MemberSpan[], value: JsonObject): Member[] {
  const keys = Object.keys(value)
  if (keys.length === spans.length && !/^\d/.test(keys[0] ?? '')) {
    return spans.map(({ start, keyEnd, end }, at) => ({
      key: keys[at] as string,
      start,
      keyEnd,
      end,
    }))
  }
  const seen = new Set<string>()
  return spans.map(({ start, keyEnd, end }) => {
    const key = JSON.parse(decoder.decode(bytes.subarray(start, keyEnd))) as string
    if (seen.has(key)) refuseDuplicate(key)
    seen.add(key)
    return { key, start, keyEnd, end }
  })
}

function refuseDuplicate(key: string): never {
  const name = fieldName(key)
  throw new HubError(
    'invalid_request',
    `The request body names ${name === undefined ? 'a field' : `"${name}"`} twice. Send it once.`,
    name === undefined ? {} : { param: name },
  )
}

/**
 * Reads a request body that must be one JSON object.
 * @throws HubError `invalid_request` when it is not UTF-8, not JSON, not an object, nested too deeply,
 *   or names a top-level field twice (two readers could then disagree about what it says).
 */
export function readJsonBody(bytes: Uint8Array): JsonBody {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch (cause) {
    throw new HubError('invalid_request', 'The request body is not valid UTF-8.', { cause })
  }
  // Before the parser, which would spend seconds and gigabytes on megabytes of `[`.
  const { members, hasEscapedKey } = scanMembers(bytes)
  let value: Json
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new HubError(
      'invalid_request',
      `The request body is not valid JSON: ${whatIsWrong(text, cause)}. Send one JSON object.`,
    )
  }
  if (!isJsonObject(value)) {
    throw new HubError('invalid_request', 'The request body must be a JSON object.')
  }
  const read = hasEscapedKey ? readEscapedKeys(bytes) : value
  return { bytes, value: read, members: named(bytes, members, read) }
}

/** A body from a value, for callers that start from an object rather than from bytes. */
export function jsonBody(value: JsonObject): JsonBody {
  return readJsonBody(encoder.encode(JSON.stringify(value)))
}
