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

/** The position after the last blank line of `bytes`, or 0 when there is none. */
function lastBoundary(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at > 0; at--) {
    const byte = bytes[at]
    const before = bytes[at - 1]
    if (byte === LF && before === LF) return at + 1
    if (byte === LF && before === CR && at > 1 && bytes[at - 2] === LF) return at + 1
    if (byte === CR && before === CR) return at + 1
  }
  return 0
}

const nothing = new Uint8Array(0)

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const out = new Uint8Array(first.length + second.length)
  out.set(first)
  out.set(second, first.length)
  return out
}

/** Cuts a byte stream at frame boundaries: what comes out is whole frames, byte for byte. */
export class FrameCutter {
  #rest: Uint8Array = nothing

  /** Bytes held back because their frame is not complete. */
  get held(): number {
    return this.#rest.length
  }

  /** All frames that `bytes` completes, possibly none. */
  push(bytes: Uint8Array): Uint8Array {
    const all = concat(this.#rest, bytes)
    const boundary = lastBoundary(all)
    this.#rest = boundary === all.length ? nothing : all.subarray(boundary)
    return all.subarray(0, boundary)
  }

  /** What is left when the stream ends: a frame without its closing blank line. */
  end(): Uint8Array {
    const rest = this.#rest
    this.#rest = nothing
    return rest
  }
}
