// Watches a stream that is passed on byte for byte. Until the first real event every frame is read;
// after it a chunk is decoded once and searched for the few things that matter, and its frames are read
// only when one of them may be there.

import {
  type ChatRequest,
  FrameCutter,
  type HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type RelayScanner,
  type Usage,
  type WireTarget,
} from '@aigne-hub/protocol'
import { frameEnd, readFrame } from '../sse-frame.ts'
import { incomplete, malformed } from '../upstream-fault.ts'
import { errorFrame, reportedError } from './errors.ts'
import { laterCounts, readUsage } from './usage.ts'

const maxFrameBytes = 16 * 1024 * 1024
const decoder = new TextDecoder()
const encoder = new TextEncoder()
const nothing = new Uint8Array(0)
const LF = 0x0a
const CR = 0x0d

/**
 * Types of events that matter, an error however it is put, lines that open JSON which is no event, and
 * frames that end like no JSON object. Inside a JSON string the quotes of a type have backslashes.
 */
const mayMatter =
  /"type"\s*:\s*"(?:message_|error")|event: ?error|"error"|[\r\n][{[]|[^}\r\n][\r\n]{2}/

export function relayScanner(_: ChatRequest, target: WireTarget, requestId?: string): RelayScanner {
  return new MessageScanner(target, requestId)
}

class MessageScanner implements RelayScanner {
  readonly #target: WireTarget
  readonly #requestId: string | undefined
  readonly #cutter = new FrameCutter()
  #report: JsonObject = {}
  /** The frame that ends the stream, once it has come. */
  #terminal: Uint8Array | undefined
  committed = false
  usage: Usage | undefined
  error: HubError | undefined

  constructor(target: WireTarget, requestId: string | undefined) {
    this.#target = target
    this.#requestId = requestId
  }

  push(bytes: Uint8Array): Uint8Array {
    if (this.#isOver()) return nothing
    const frames = this.#cutter.push(bytes)
    if (this.#cutter.held > maxFrameBytes) {
      this.error = malformed(this.#target, 'whose parts are too long')
      return nothing
    }
    if (frames.length === 0) return nothing
    const first = frames[0]
    const isCheap = this.committed && first !== 0x7b && first !== 0x5b
    return isCheap && !mayMatter.test(decoder.decode(frames)) ? frames : this.#sift(frames)
  }

  end(): Uint8Array {
    const rest = this.#cutter.end()
    if (this.#isOver()) return this.#terminal ?? nothing
    const last = rest.length > 0 ? this.#lastFrame(rest) : nothing
    if (this.error) return last
    if (this.#terminal) return joined(last, this.#terminal)
    this.error = incomplete(this.#target)
    return last
  }

  fail(error: HubError): string {
    return errorFrame(error, this.#requestId)
  }

  #isOver(): boolean {
    return this.error !== undefined || this.#terminal !== undefined
  }

  /** The frames up to the one that ends the stream or fails. */
  #sift(frames: Uint8Array): Uint8Array {
    for (let at = 0; at < frames.length; ) {
      const end = frameEnd(frames, at)
      if (!this.#keeps(frames.subarray(at, end))) return frames.subarray(0, at)
      at = end
    }
    return frames
  }

  /** Takes note of a frame. @returns whether it goes on to the caller. */
  #keeps(bytes: Uint8Array): boolean {
    const { data, event: name, json } = readFrame(bytes)
    const text = data ?? json
    if (text === undefined || text === '') return true
    const event = parseEvent(text)
    if (event === undefined || data === undefined) {
      this.error = strayJson(event, this.#target)
      return false
    }
    switch (event.type) {
      case 'message_stop': {
        // A frame with CR LF counts as whole before its last LF.
        const isCutShort = bytes.at(-1) === CR && bytes.at(-2) === LF
        this.#terminal = isCutShort ? joined(bytes, Uint8Array.of(LF)) : bytes
        this.committed = true
        return false
      }
      case 'message_start':
        if (isJsonObject(event.message)) this.#see(event.message.usage)
        return true
      case 'message_delta':
        this.#see(event.usage)
        this.committed = true
        return true
      case 'ping':
        return true
      default:
        if (event.type === 'error' || name === 'error' || isJsonObject(event.error)) {
          this.error = reportedError(event, this.#target)
          return false
        }
        this.committed ||= String(event.type).startsWith('content_block')
        return true
    }
  }

  #see(report: Json | undefined): void {
    if (!isJsonObject(report)) return
    this.#report = laterCounts(this.#report, report)
    this.usage = readUsage(this.#report)
  }

  /** A frame without its blank line. What was cut off is not passed on; the caller gets it closed. */
  #lastFrame(bytes: Uint8Array): Uint8Array {
    const { data, json } = readFrame(bytes)
    const text = data ?? json
    if (text !== undefined && text !== '' && !parseEvent(text)) return nothing
    const closed = joined(bytes, encoder.encode('\n\n'))
    return this.#keeps(closed) ? closed : nothing
  }
}

/** JSON outside a frame: an error, or an answer in a form nobody asked for. */
function strayJson(event: JsonObject | undefined, target: WireTarget): HubError {
  if (!event) return malformed(target, 'with an event that is no JSON object')
  if (event.type === 'message') {
    return malformed(target, 'in one piece where a stream was asked for')
  }
  return reportedError(event, target)
}

function parseEvent(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json
    const event = Array.isArray(value) ? value[0] : value
    return isJsonObject(event) ? event : undefined
  } catch {
    return undefined
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const out = new Uint8Array(first.length + second.length)
  out.set(first)
  out.set(second, first.length)
  return out
}
