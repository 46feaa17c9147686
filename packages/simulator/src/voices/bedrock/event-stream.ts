// application/vnd.amazon.eventstream: length of the frame, length of its headers, checksum of these
// two, headers, payload, checksum of everything before. Source: Amazon's event stream encoding.

import { crc32 } from 'node:zlib'

const preludeBytes = 12
const checksumBytes = 4
/** The type of a header whose value is a text. */
const textType = 7

/** One frame. `headers` are all texts, and go out in their order. */
function encodeFrame(
  headers: readonly (readonly [name: string, value: string])[],
  payload: string,
): Buffer {
  const headerBlock = Buffer.concat(headers.map(([name, value]) => encodeHeader(name, value)))
  const payloadBytes = Buffer.byteLength(payload)
  const total = preludeBytes + headerBlock.length + payloadBytes + checksumBytes
  const frame = Buffer.allocUnsafe(total)
  frame.writeUInt32BE(total, 0)
  frame.writeUInt32BE(headerBlock.length, 4)
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8)
  headerBlock.copy(frame, preludeBytes)
  frame.write(payload, preludeBytes + headerBlock.length)
  frame.writeUInt32BE(crc32(frame.subarray(0, total - checksumBytes)), total - checksumBytes)
  return frame
}

function encodeHeader(name: string, value: string): Buffer {
  const nameBytes = Buffer.byteLength(name)
  const valueBytes = Buffer.byteLength(value)
  const header = Buffer.allocUnsafe(nameBytes + valueBytes + 4)
  header.writeUInt8(nameBytes, 0)
  header.write(name, 1)
  header.writeUInt8(textType, nameBytes + 1)
  header.writeUInt16BE(valueBytes, nameBytes + 2)
  header.write(value, nameBytes + 4)
  return header
}

/** An event. `payload` is JSON. */
export function eventFrame(type: string, payload: string): Buffer {
  return encodeFrame(
    [
      [':event-type', type],
      [':content-type', 'application/json'],
      [':message-type', 'event'],
    ],
    payload,
  )
}

/** An error that ends the stream. `payload` is JSON. */
export function exceptionFrame(type: string, payload: string): Buffer {
  return encodeFrame(
    [
      [':exception-type', type],
      [':content-type', 'application/json'],
      [':message-type', 'exception'],
    ],
    payload,
  )
}
