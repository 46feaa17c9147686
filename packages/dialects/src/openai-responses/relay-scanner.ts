// Watches a stream that is passed on byte for byte. Until the first real event every frame is read;
// after it a chunk is decoded once and searched for the few things that matter, and its frames are
// read only when one of them may be there.

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
import { errorEvent, eventError, responseError } from './errors.ts'
import { readUsage } from './usage.ts'

const maxFrameBytes = 16 * 1024 * 1024
const decoder = new TextDecoder()
const encoder = new TextEncoder()
const nothing = new Uint8Array(0)
const LF = 0x0a
const CR = 0x0d

/**
 * Terminal events, errors, and frames that end like no JSON object. Inside a JSON string the quotes of
 * such a type would have backslashes.
 */
const mayMatter =
  /"type"\s*:\s*"(?:response\.(?:completed|incomplete|failed|cancelled)|error)"|event:\s*(?:error|response\.(?:completed|incomplete|failed|cancelled))[\r\n]|"error"\s*:\s*[{"]|\[DONE\]|[\r\n][{[]|[^}\r\n][\r\n]{2}/

const terminal: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete'])
const failures: ReadonlySet<string> = new Set(['response.failed', 'response.cancelled'])
const announcements: ReadonlySet<string> = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
])

export function relayScanner(_: ChatRequest, target: WireTarget): ResponsesScanner {
  return new ResponsesScanner(target)
}

export class ResponsesScanner implements RelayScanner {
  readonly #target: WireTarget
  readonly #cutter = new FrameCutter()
  /** The frame that ends the stream, once it has come. */
  #terminal: Uint8Array | undefined
  /** What was passed on last: it tells the number of the next event. */
  #last = ''
  /** The frame before, which was left out, ended with a CR: a LF that comes now belongs to it. */
  #skipLineFeed = false
  committed = false
  usage: Usage | undefined
  error: HubError | undefined
  /** The provider's id of the answer, from its first event on. */
  answerId: string | undefined

  constructor(target: WireTarget) {
    this.#target = target
  }

  push(bytes: Uint8Array): Uint8Array {
    if (this.#isOver()) return nothing
    const frames = this.#cutter.push(bytes)
    if (this.#cutter.held > maxFrameBytes) {
      this.error = malformed(this.#target, 'whose parts are too long')
      return nothing
    }
    if (frames.length === 0) return nothing
    const text = decoder.decode(frames)
    const beginsBare = frames[0] === 0x7b || frames[0] === 0x5b
    const isCheap = this.committed && !this.#skipLineFeed && !beginsBare && !mayMatter.test(text)
    const kept = isCheap ? frames : this.#sift(frames)
    if (kept.length > 0) this.#last = text
    return kept
  }

  end(): Uint8Array {
    const rest = this.#cutter.end()
    if (this.#isOver()) return this.error ? nothing : (this.#terminal ?? nothing)
    const last = rest.length > 0 ? this.#lastFrame(rest) : nothing
    if (this.error) return last
    if (this.#terminal) return joined([last, this.#terminal])
    this.error = incomplete(this.#target)
    return last
  }

  fail(error: HubError): string {
    let next = 0
    for (const [, number] of this.#last.matchAll(/"sequence_number":\s*(\d+)/g)) {
      next = Number(number) + 1
    }
    return errorEvent(error, next)
  }

  #isOver(): boolean {
    return this.error !== undefined || this.#terminal !== undefined
  }

  /** The frames without those that are not for the caller. */
  #sift(frames: Uint8Array): Uint8Array {
    const kept: Uint8Array[] = []
    let runStart = this.#skipLineFeed && frames[0] === LF ? 1 : 0
    this.#skipLineFeed = false
    for (let at = runStart; at < frames.length; ) {
      const end = frameEnd(frames, at)
      if (!this.#keeps(frames.subarray(at, end))) {
        kept.push(frames.subarray(runStart, at))
        runStart = this.#isOver() ? frames.length : end
        this.#skipLineFeed = end === frames.length && frames[end - 1] === CR
      }
      at = this.#isOver() ? frames.length : end
    }
    kept.push(frames.subarray(runStart))
    return joined(kept)
  }

  /** Takes note of a frame. @returns whether it goes on to the caller. */
  #keeps(bytes: Uint8Array): boolean {
    const { data, event: name, json } = readFrame(bytes)
    const text = data ?? json
    // OpenAI never says `[DONE]` here: what it says comes before the terminal event or not at all.
    if (text === undefined || text === '') return true
    if (text.trimEnd() === '[DONE]') return false
    const event = parseEvent(text)
    if (event === undefined || data === undefined) {
      this.error = strayJson(event, this.#target)
      return false
    }
    return this.#keepsEvent(typeof event.type === 'string' ? event.type : name, event, bytes)
  }

  #keepsEvent(type: string | undefined, event: JsonObject, bytes: Uint8Array): boolean {
    const { response, error } = event
    if (isJsonObject(response)) {
      const { id } = response
      if (typeof id === 'string' && id !== '') this.answerId ??= id
    }
    if (type === 'error' || isJsonObject(error)) {
      this.error = eventError(event, this.#target)
      return false
    }
    this.committed ||= type !== undefined && !announcements.has(type) && !failures.has(type)
    if (type === undefined || !(terminal.has(type) || failures.has(type))) return true
    const ended: JsonObject = isJsonObject(response) ? response : {}
    const status = type.slice('response.'.length)
    this.error = responseError({ ...ended, status }, this.#target)
    if (this.error) return false
    this.usage = readUsage(ended)
    // A frame with CR LF counts as whole before its last LF.
    const isCutShort = bytes.at(-1) === CR && bytes.at(-2) === LF
    this.#terminal = isCutShort ? joined([bytes, Uint8Array.of(LF)]) : bytes
    return false
  }

  /** A frame without its blank line. What was cut off is not passed on; the caller gets it closed. */
  #lastFrame(bytes: Uint8Array): Uint8Array {
    const { data, json } = readFrame(bytes)
    const text = data ?? json
    if (text !== undefined && text !== '' && !parseEvent(text)) return nothing
    const closed = joined([bytes, encoder.encode('\n\n')])
    return this.#keeps(closed) ? closed : nothing
  }
}

/** JSON outside a frame: an error, or an answer in a form nobody asked for. */
function strayJson(event: JsonObject | undefined, target: WireTarget): HubError {
  if (!event) return malformed(target, 'with an event that is no JSON object')
  if ('output' in event) return malformed(target, 'in one piece where a stream was asked for')
  return eventError(event, target)
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

function joined(pieces: readonly Uint8Array[]): Uint8Array {
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
