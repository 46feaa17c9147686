// What watching a stream that is passed on byte for byte has in common in every dialect. Until the first
// real event every frame is read; after it a chunk is decoded once and searched for the few things that
// matter, and its frames are read only when one of them may be there.

import {
  FrameCutter,
  type HubError,
  type JsonObject,
  type RelayScanner,
  type Usage,
  type WireTarget,
} from '@aigne-hub/protocol'
import { frameEnd, parseEvent, readFrame, type SseFrame } from './sse-frame.ts'
import { incomplete, malformed } from './upstream-fault.ts'

const maxFrameBytes = 16 * 1024 * 1024
const decoder = new TextDecoder()
const blankLine = new TextEncoder().encode('\n\n')
const LF = 0x0a
const CR = 0x0d

export const nothing: Uint8Array = new Uint8Array(0)

/**
 * A dialect says what one event means: it keeps `committed`, `usage` and `error`, and withholds the frame
 * that ends the stream. Nothing after that one, or after an error, goes on to the caller.
 */
export abstract class FrameScanner implements RelayScanner {
  protected readonly target: WireTarget
  readonly #mayMatter: RegExp
  readonly #cutter = new FrameCutter()
  /** The frame before, which was left out, ended with a CR: a LF that comes now belongs to it. */
  #skipLineFeed = false
  /** The frame that ends the stream, once it has come. */
  protected terminal: Uint8Array | undefined
  committed = false
  abstract readonly usage: Usage | undefined
  error: HubError | undefined

  /**
   * @param mayMatter finds in some frames whatever `keepsEvent` must see once the answer has begun, and
   *   frames that end like no JSON object.
   */
  constructor(target: WireTarget, mayMatter: RegExp) {
    this.target = target
    this.#mayMatter = mayMatter
  }

  abstract fail(error: HubError): string

  /** Takes note of an event. @returns whether its frame goes on to the caller. */
  protected abstract keepsEvent(event: JsonObject, frame: SseFrame, bytes: Uint8Array): boolean

  /** JSON outside a frame: an error, or an answer in a form nobody asked for. */
  protected abstract strayJson(value: JsonObject): HubError

  push(bytes: Uint8Array): Uint8Array {
    if (this.isOver()) return nothing
    const frames = this.#cutter.push(bytes)
    if (this.#cutter.held > maxFrameBytes) {
      this.error = malformed(this.target, 'whose parts are too long')
      return nothing
    }
    return frames.length === 0 ? nothing : this.pass(frames)
  }

  end(): Uint8Array {
    const rest = this.#cutter.end()
    if (this.isOver()) return this.error ? nothing : (this.terminal ?? nothing)
    const last = rest.length > 0 ? this.lastFrame(rest) : nothing
    if (this.error) return last
    const terminal = this.terminal ?? this.missingTerminal()
    if (terminal) return joined([last, terminal])
    this.error = incomplete(this.target)
    return last
  }

  /** What ends a complete answer whose server sent no terminal frame; undefined when it is incomplete. */
  protected missingTerminal(): Uint8Array | undefined {
    return undefined
  }

  protected isOver(): boolean {
    return this.error !== undefined || this.terminal !== undefined
  }

  /** Whether the first line opens JSON that is no event, or what `mayMatter` finds only at line starts. */
  protected beginsOddly(frames: Uint8Array): boolean {
    return frames[0] === 0x7b || frames[0] === 0x5b
  }

  /** What goes on to the caller of some whole frames. */
  protected pass(frames: Uint8Array): Uint8Array {
    const isCheap = this.committed && !this.#skipLineFeed && !this.beginsOddly(frames)
    return isCheap && !this.#mayMatter.test(decoder.decode(frames)) ? frames : this.#sift(frames)
  }

  /** The frames without those that are not for the caller. */
  #sift(frames: Uint8Array): Uint8Array {
    const kept: Uint8Array[] = []
    let runStart = this.#skipLineFeed && frames[0] === LF ? 1 : 0
    this.#skipLineFeed = false
    for (let at = runStart; at < frames.length; ) {
      const end = frameEnd(frames, at)
      const bytes = frames.subarray(at, end)
      if (!this.keeps(readFrame(bytes), bytes)) {
        kept.push(frames.subarray(runStart, at))
        runStart = this.isOver() ? frames.length : end
        this.#skipLineFeed = end === frames.length && frames[end - 1] === CR
      }
      at = this.isOver() ? frames.length : end
    }
    kept.push(frames.subarray(runStart))
    return joined(kept)
  }

  /** Takes note of a frame. @returns whether it goes on to the caller. */
  protected keeps(frame: SseFrame, bytes: Uint8Array): boolean {
    const text = frame.data ?? frame.json
    if (text === undefined || text === '') return true
    const event = parseEvent(text)
    if (event && frame.data !== undefined) return this.keepsEvent(event, frame, bytes)
    this.error = event
      ? this.strayJson(event)
      : malformed(this.target, 'with an event that is no JSON object')
    return false
  }

  /** Holds the frame that ends the stream until the bytes have ended. */
  protected withhold(bytes: Uint8Array): void {
    // A frame with CR LF counts as whole before its last LF.
    const isCutShort = bytes.at(-1) === CR && bytes.at(-2) === LF
    this.terminal = isCutShort ? joined([bytes, Uint8Array.of(LF)]) : bytes
    this.committed = true
  }

  /** A frame without its blank line. What was cut off is not passed on; the caller gets it closed. */
  protected lastFrame(bytes: Uint8Array): Uint8Array {
    const frame = readFrame(bytes)
    const text = frame.data ?? frame.json
    if (text !== undefined && text !== '' && !this.isWhole(text)) return nothing
    const closed = closedFrame(bytes)
    return this.keeps(frame, closed) ? closed : nothing
  }

  /** Whether the data of a frame was not cut off. */
  protected isWhole(text: string): boolean {
    return parseEvent(text) !== undefined
  }
}

/** A frame with the blank line it lacks. */
export function closedFrame(bytes: Uint8Array): Uint8Array {
  return joined([bytes, blankLine])
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const filled = pieces.filter(({ length }) => length > 0)
  if (filled.length < 2) return filled[0] ?? nothing
  const out = new Uint8Array(filled.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of filled) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
