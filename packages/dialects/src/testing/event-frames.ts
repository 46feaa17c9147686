// Frames of Amazon's event streams, written by Amazon's own codec.

import { EventStreamCodec } from '@smithy/eventstream-codec'
import { bytesOf, textOf } from './bytes.ts'

const codec = new EventStreamCodec(
  (input) => (typeof input === 'string' ? input : textOf(input)),
  bytesOf,
)

/** @param headers without the leading colons. */
function frame(headers: Record<string, string>, payload: unknown): Uint8Array {
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [`:${name}`, { type: 'string', value }]),
    ),
    body: bytesOf(payload === undefined ? '' : JSON.stringify(payload)),
  })
}

const json = { 'content-type': 'application/json' }

export function eventFrame(type: string, payload: unknown): Uint8Array {
  return frame({ 'event-type': type, ...json, 'message-type': 'event' }, payload)
}

export function exceptionFrame(type: string, payload: unknown): Uint8Array {
  return frame({ 'exception-type': type, ...json, 'message-type': 'exception' }, payload)
}

export function errorFrame(code: string, message: string): Uint8Array {
  const headers = { 'error-code': code, 'error-message': message, 'message-type': 'error' }
  return frame(headers, undefined)
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** The bytes of a text in hexadecimal, one frame a line. */
export function fromHex(text: Uint8Array): Uint8Array {
  const digits = textOf(text).replace(/\s/g, '')
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
