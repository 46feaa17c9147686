import { HubError } from './errors.ts'

/** `start` is the quote of its key, `keyEnd` is after the key's other quote, `end` after the value. */
export interface MemberSpan {
  readonly start: number
  readonly keyEnd: number
  readonly end: number
}

export interface MemberScan {
  readonly members: readonly MemberSpan[]
  /** Some key, at any depth, is spelled with a backslash. */
  readonly hasEscapedKey: boolean
}

const maxDepth = 256

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COLON = 0x3a

/** The position after the closing quote of the string that opens at `start`. */
export function skipString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  for (;;) {
    // Byte by byte while the string may be short or full of escapes; a long run is left to `indexOf`.
    const near = Math.min(at + 64, bytes.length)
    while (at < near) {
      const byte = bytes[at]
      if (byte === QUOTE) return at + 1
      at += byte === BACKSLASH ? 2 : 1
    }
    const end = bytes.indexOf(QUOTE, at)
    if (end < 0) return bytes.length
    let slashes = 0
    while (end - slashes > at && bytes[end - slashes - 1] === BACKSLASH) slashes++
    at = end + 1
    if (slashes % 2 === 0) return at
  }
}

/** The position of the first quote, brace or bracket from `at` on, or the end. */
function skipToStructure(bytes: Uint8Array, at: number): number {
  for (let position = at; position < bytes.length; position++) {
    const byte = bytes[position] as number
    // With bit 0x20 set, `[` and `{` are the same byte, and so are `]` and `}`.
    if (byte === QUOTE || (byte | 0x20) === OPEN_BRACE || (byte | 0x20) === CLOSE_BRACE) {
      return position
    }
  }
  return bytes.length
}

/** The position of the first byte from `at` on that is no white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let position = at
  for (;;) {
    const byte = bytes[position]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return position
    position++
  }
}

/** Whether the string from `start` to `end` is a key, and spelled with a backslash. */
function isEscapedKey(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[skipSpace(bytes, end)] !== COLON) return false
  for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH) return true
  return false
}

function refuseDepth(): never {
  throw new HubError(
    'invalid_request',
    `The request body is nested more than ${maxDepth} levels deep. Flatten it.`,
  )
}

/**
 * Where the top-level members stand, provided that `bytes` are a JSON object; of anything else the
 * answer says nothing.
 * @throws HubError `invalid_request` when brackets are nested too deeply.
 */
export function scanMembers(bytes: Uint8Array): MemberScan {
  const members: MemberSpan[] = []
  let hasEscapedKey = false
  let depth = 0
  let keyStart = -1
  let keyEnd = 0
  let valueEnd = 0
  const close = () => {
    if (keyStart >= 0) members.push({ start: keyStart, keyEnd, end: valueEnd })
    keyStart = -1
  }
  for (let at = 0; at < bytes.length; at++) {
    if (depth > 1) at = skipToStructure(bytes, at)
    switch (bytes[at]) {
      case QUOTE: {
        valueEnd = skipString(bytes, at)
        if (depth === 1 && keyStart < 0) {
          keyStart = at
          keyEnd = valueEnd
        }
        hasEscapedKey ||= isEscapedKey(bytes, at, valueEnd)
        at = valueEnd - 1
        break
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++
        if (depth > maxDepth) refuseDepth()
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
      case COLON:
        break
      default:
        valueEnd = at + 1
    }
  }
  return { members, hasEscapedKey }
}
