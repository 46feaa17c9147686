import type { Json, JsonObject } from './json.ts'
import { skipSpace, skipString } from './json-scan.ts'

const decoder = new TextDecoder()

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/**
 * Reads a JSON object that `JSON.parse` has accepted, and gets its keys right. V8 12.8 and later may
 * read a key that is spelled with escapes as another one that it met before (nodejs/node, issue
 * 63785): `{"a":1,"\\u006":1}` makes it read the `model` of `{"a":1,"\u006dodel":1}` as `\u006`. The
 * hub would then judge a request by other fields than the provider acts on. Strings outside objects
 * are read well.
 */
export function readEscapedKeys(bytes: Uint8Array): JsonObject {
  // Behind a byte order mark, if there is one.
  let at = bytes.indexOf(OPEN_BRACE) + 1

  const parse = (start: number): Json => JSON.parse(decoder.decode(bytes.subarray(start, at)))

  /** Steps over the next byte that is no white space, when it is `wanted`. */
  const take = (wanted: number): boolean => {
    at = skipSpace(bytes, at)
    if (bytes[at] !== wanted) return false
    at++
    return true
  }

  const readString = (): string => {
    const start = skipSpace(bytes, at)
    at = skipString(bytes, start)
    return parse(start) as string
  }

  const readObject = (): JsonObject => {
    const members: [string, Json][] = []
    while (!take(CLOSE_BRACE)) {
      take(COMMA)
      const key = readString()
      take(COLON)
      members.push([key, readValue()])
    }
    return Object.fromEntries(members)
  }

  const readArray = (): Json => {
    const items: Json[] = []
    while (!take(CLOSE_BRACKET)) {
      take(COMMA)
      items.push(readValue())
    }
    return items
  }

  const readValue = (): Json => {
    if (take(OPEN_BRACE)) return readObject()
    if (take(OPEN_BRACKET)) return readArray()
    if (bytes[at] === QUOTE) return readString()
    const start = at
    // Numbers and literals hold letters, digits, `.`, `+` and `-`, and no closing bracket or comma.
    while (isScalarByte(bytes[at])) at++
    return parse(start)
  }

  return readObject()
}

function isScalarByte(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte !== COMMA && (byte | 0x20) !== CLOSE_BRACE
}
