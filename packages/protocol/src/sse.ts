// Server-sent events, as far as a gateway needs them: writing frames, and cutting a byte stream at
// frame boundaries without reading it. Source: WHATWG HTML, "Server-sent events", 9.2.5 and 9.2.6.

const LF = 0x0a
const CR = 0x0d

/** One frame: `data` is a single line of text, such as JSON. */
export function sseFrame(data: string, event?: string): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`
}

/** A line that parsers skip and proxies count as life. */
export const sseKeepAlive = ': keep-alive\n\n'

/**
 * The position after the last blank line of `bytes` that ends at `from` or later, or 0 when there is
 * none. A line ends with LF, CR LF or CR; `bytes` begin where a line begins.
 */
function lastBoundary(bytes: Uint8Array, from: number): number {
  for (let at = bytes.length - 1; at >= from; at--) {
    const byte = bytes[at]
    if (byte !== LF && byte !== CR) continue
    const before = byte === LF && at > 0 && bytes[at - 1] === CR ? at - 2 : at - 1
    if (before < 0 || bytes[before] === LF || bytes[before] === CR) return at + 1
  }
  return 0
}

const nothing = new Uint8Array(0)

/** Cuts a byte stream at frame boundaries: what comes out is whole frames, byte for byte. */
export class FrameCutter {
  // A frame may come in many pieces: the room doubles, so that each byte is copied a few times at most.
  // What has been handed out is never written to again.
  #room: Uint8Array = nothing
  #held = 0

  /** Bytes held back because their frame is not complete. */
  get held(): number {
    return this.#held
  }

  /** All frames that `bytes` completes, possibly none. May be a view of `bytes`. */
  push(bytes: Uint8Array): Uint8Array {
    const heldBefore = this.#held
    const all = this.#append(bytes)
    const boundary = lastBoundary(all, heldBefore)
    this.#held = all.length - boundary
    if (boundary === 0) return nothing
    this.#room = this.#held === 0 ? nothing : all.subarray(boundary)
    return all.subarray(0, boundary)
  }

  /** What is left when the stream ends: a frame without its closing blank line. */
  end(): Uint8Array {
    const rest = this.#room.subarray(0, this.#held)
    this.#room = nothing
    this.#held = 0
    return rest
  }

  /** What was held and `bytes` behind it. */
  #append(bytes: Uint8Array): Uint8Array {
    const length = this.#held + bytes.length
    if (this.#held === 0) {
      this.#room = bytes
      return bytes
    }
    if (length > this.#room.length) {
      const room = new Uint8Array(Math.max(length, this.#room.length * 2))
      room.set(this.#room.subarray(0, this.#held))
      this.#room = room
    }
    this.#room.set(bytes, this.#held)
    return this.#room.subarray(0, length)
  }
}
