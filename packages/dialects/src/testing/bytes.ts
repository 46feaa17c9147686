import { type JsonBody, type JsonObject, jsonBody, type WireTarget } from '@aigne-hub/protocol'

const encoder = new TextEncoder()
// As it is: a byte-order mark is part of what is tested.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export const bytesOf = (text: string): Uint8Array => encoder.encode(text)
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/** A request body of any value, as the surface hands it to a dialect. */
export const bodyOf = (value: unknown): JsonBody => jsonBody(value as JsonObject)

export const targetOf = (quirks: WireTarget['quirks'] = {}, provider = 'acme'): WireTarget => ({
  provider,
  model: 'm1',
  quirks,
})

/** `bytes` in two pieces, cut at every position, the ends included; and byte by byte. */
export function* everySplit(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 0; at <= bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)]
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
}

// The same stream as other servers would send it.
export const withCrLf = (bytes: Uint8Array) => bytesOf(textOf(bytes).replaceAll('\n', '\r\n'))
export const withCr = (bytes: Uint8Array) => bytesOf(textOf(bytes).replaceAll('\n', '\r'))
export const withBom = (bytes: Uint8Array) => bytesOf(`\uFEFF${textOf(bytes)}`)
export const withoutLastBlankLine = (bytes: Uint8Array) => bytesOf(textOf(bytes).trimEnd())
