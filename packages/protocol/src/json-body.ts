import { HubError } from './errors.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

/** Where one top-level member stands in the bytes: `start` at its key's quote, `end` after its value. */
interface MemberSpan {
  key: string
  start: number
  end: number
}

/** A JSON object as it arrived: parsed once, and the bytes kept for the relay lane. */
export interface JsonBody {
  readonly bytes: Uint8Array
  readonly value: JsonObject
  readonly members: readonly MemberSpan[]
}

/** An edit of one top-level member: a new value as JSON text, another name, or its removal. */
export type BodyEdit =
  | { field: string; set: string }
  | { field: string; rename: string }
  | { field: string; remove: true }

const maxDepth = 256
const decoder = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** The position after a string's closing quote; `start` is its opening quote. */
function skipString(bytes: Uint8Array, start: number): number {
  let end = bytes.indexOf(QUOTE, start + 1)
  while (bytes[end - 1] === BACKSLASH) {
    let slashes = 1
    while (bytes[end - 1 - slashes] === BACKSLASH) slashes++
    if (slashes % 2 === 0) break
    end = bytes.indexOf(QUOTE, end + 1)
  }
  return end + 1
}

/** Spans of the top-level members. `bytes` are known to be a well-formed JSON object. */
function scanMembers(bytes: Uint8Array): MemberSpan[] {
  const members: MemberSpan[] = []
  let depth = 0
  let keyStart = -1
  let key = ''
  let valueEnd = 0
  const close = () => {
    if (keyStart >= 0) members.push({ key, start: keyStart, end: valueEnd })
    keyStart = -1
  }
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE: {
        const end = skipString(bytes, at)
        if (depth === 1 && keyStart < 0) {
          keyStart = at
          key = JSON.parse(decoder.decode(bytes.subarray(at, end))) as string
        }
        valueEnd = end
        at = end - 1
        break
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++
        if (depth > maxDepth) {
          throw new HubError(
            'invalid_request',
            `The request body is nested more than ${maxDepth} levels deep. Flatten it.`,
          )
        }
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--
        if (depth === 0) close()
        else valueEnd = at + 1
        break
      case COMMA:
        if (depth === 1) close()
        break
      // White space and colons end nothing; any other byte belongs to a number or a literal.
      case 0x20:
      case 0x09:
      case 0x0a:
      case 0x0d:
      case 0x3a:
        break
      default:
        valueEnd = at + 1
    }
  }
  return members
}

/** The parser's own message may quote the body, which does not belong in an error: only where it is. */
function whatIsWrong(text: string, cause: unknown): string {
  if (text.trim() === '') return 'it is empty'
  const position = /at position (\d+)/.exec(String(cause))?.[1]
  if (position !== undefined) return `something is wrong at position ${position}`
  return 'it ends too early or is no JSON at all'
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
  const members = scanMembers(bytes)
  const seen = new Set<string>()
  for (const { key } of members) {
    if (seen.has(key)) {
      throw new HubError(
        'invalid_request',
        `The request body names "${key}" twice. Send it once.`,
        {
          param: key,
        },
      )
    }
    seen.add(key)
  }
  return { bytes, value, members }
}

/** A body from a value, for callers that start from an object rather than from bytes. */
export function jsonBody(value: JsonObject): JsonBody {
  return readJsonBody(encoder.encode(JSON.stringify(value)))
}

/**
 * The body with its top-level members edited and everything else copied byte for byte, so that big
 * integers and unknown fields arrive as they were sent. A `set` of a field that is absent adds it;
 * `rename` and `remove` of one that is absent do nothing.
 */
export function editBody(body: JsonBody, edits: readonly BodyEdit[]): Uint8Array {
  if (edits.length === 0) return body.bytes
  const pending = new Map(edits.map((edit) => [edit.field, edit]))
  const members: Uint8Array[][] = []
  for (const { key, start, end } of body.members) {
    const edit = pending.get(key)
    pending.delete(key)
    if (edit === undefined) members.push([body.bytes.subarray(start, end)])
    else if ('set' in edit) members.push([member(key, edit.set)])
    else if ('rename' in edit) {
      const colon = body.bytes.subarray(skipString(body.bytes, start), end)
      members.push([encoder.encode(JSON.stringify(edit.rename)), colon])
    }
  }
  for (const edit of pending.values()) {
    if ('set' in edit) members.push([member(edit.field, edit.set)])
  }
  return joinMembers(members)
}

function member(key: string, value: string): Uint8Array {
  return encoder.encode(`${JSON.stringify(key)}:${value}`)
}

function joinMembers(members: Uint8Array[][]): Uint8Array {
  const runs = members.flat()
  const length = runs.reduce((sum, run) => sum + run.length, 0)
  const out = new Uint8Array(length + Math.max(members.length - 1, 0) + 2)
  let at = 0
  out[at++] = OPEN_BRACE
  members.forEach((pieces, index) => {
    if (index > 0) out[at++] = COMMA
    for (const piece of pieces) {
      out.set(piece, at)
      at += piece.length
    }
  })
  out[at] = CLOSE_BRACE
  return out
}
