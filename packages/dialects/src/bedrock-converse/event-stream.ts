// Frames of `application/vnd.amazon.eventstream`, wherever the bytes are cut.

import { EventStreamCodec } from '@smithy/eventstream-codec'

const decoder = new TextDecoder()
const encoder = new TextEncoder()

const codec = new EventStreamCodec(
  (input) => (typeof input === 'string' ? input : decoder.decode(input)),
  (text) => encoder.encode(text),
)

/** Two lengths and the checksum of both, and the checksum of the whole. */
const leastFrameBytes = 16
/** Amazon sends at most 16 MiB of payload; its headers take up to 128 KiB. */
const mostFrameBytes = 17 * 1024 * 1024

/** One frame. Headers that are no text are left out. */
export interface EventFrame {
  headers: ReadonlyMap<string, string>
  payload: Uint8Array
}

export interface EventFrameHandler {
  onFrame(frame: EventFrame): void
  /** A frame whose lengths or checksums are wrong: nothing after it can be read. */
  onDamaged(): void
}

const nothing = new Uint8Array(0)

export class EventFrameReader {
  readonly #handler: EventFrameHandler
  // A frame may come in many pieces: the room doubles, so that each byte is copied a few times at most.
  #room: Uint8Array = nothing
  #held = 0
  #isDamaged = false

  constructor(handler: EventFrameHandler) {
    this.#handler = handler
  }

  push(bytes: Uint8Array): void {
    if (this.#isDamaged) return
    const all = this.#append(bytes)
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength)
    let at = 0
    while (all.length - at >= leastFrameBytes) {
      const length = view.getUint32(at)
      if (length < leastFrameBytes || length > mostFrameBytes) {
        this.#damaged()
        return
      }
      if (all.length - at < length) break
      const frame = decoded(all.subarray(at, at + length))
      if (frame === undefined) {
        this.#damaged()
        return
      }
      this.#handler.onFrame(frame)
      at += length
    }
    this.#held = all.length - at
    // What has been handed out is never written to again: the rest moves to the front of new room.
    if (at > 0 || this.#held === 0) this.#room = all.slice(at)
  }

  #damaged(): void {
    this.#isDamaged = true
    this.#room = nothing
    this.#handler.onDamaged()
  }

  /** What was held and `bytes` behind it. */
  #append(bytes: Uint8Array): Uint8Array {
    if (this.#held === 0) {
      this.#room = bytes
      this.#held = bytes.length
      return bytes
    }
    const length = this.#held + bytes.length
    if (length > this.#room.length) {
      const room = new Uint8Array(Math.max(length, this.#room.length * 2))
      room.set(this.#room.subarray(0, this.#held))
      this.#room = room
    }
    this.#room.set(bytes, this.#held)
    this.#held = length
    return this.#room.subarray(0, length)
  }
}

/** Undefined when the frame is not what its sender wrote. */
function decoded(bytes: Uint8Array): EventFrame | undefined {
  try {
    const { headers, body } = codec.decode(bytes)
    const texts = new Map<string, string>()
    for (const name of Object.keys(headers)) {
      const header = headers[name]
      if (header?.type === 'string') texts.set(name, header.value)
    }
    return { headers: texts, payload: body }
  } catch {
    return undefined
  }
}
