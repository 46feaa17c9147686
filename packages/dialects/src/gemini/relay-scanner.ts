// Watches a stream that is passed on byte for byte. Until the first real event every frame is read; after
// it a chunk is decoded once and searched for the few things that matter, and its frames are read only
// when one of them may be there. Usage, which Google repeats in every frame, is read when asked for.

import {
  type ChatRequest,
  FrameCutter,
  type HubError,
  isJsonObject,
  type JsonObject,
  type RelayScanner,
  type Usage,
  type WireTarget,
} from '@aigne-hub/protocol'
import { frameEnd, readFrame } from '../sse-frame.ts'
import { incomplete, malformed } from '../upstream-fault.ts'
import { candidateError, chunkError, errorFrame } from './errors.ts'
import { searchesOf } from './sources.ts'
import { blockReasonOf, candidateIndex, parseChunk } from './stream-reader.ts'
import { readUsage } from './usage.ts'

const maxFrameBytes = 16 * 1024 * 1024
const decoder = new TextDecoder()
const encoder = new TextEncoder()
const nothing = new Uint8Array(0)

/**
 * Keys that matter, with a value that is no null, and frames that end like no JSON object. Inside a JSON
 * string the quotes of such a key would have backslashes.
 */
const mayMatter =
  /"(?:finishReason|blockReason)"\s*:\s*"|"webSearchQueries"|"error"(?!\s*:\s*null)|[^}\r\n][\r\n]{2}/

/** Whether the first line opens JSON that is no event. */
const beginsOddly = (frames: Uint8Array) => frames[0] === 0x7b || frames[0] === 0x5b

export function relayScanner(
  request: ChatRequest,
  target: WireTarget,
  requestId?: string,
): RelayScanner {
  return new ContentScanner(request, target, requestId)
}

class ContentScanner implements RelayScanner {
  readonly #target: WireTarget
  readonly #requestId: string | undefined
  /** With several candidates every frame is read: each may hold the first word of another one. */
  readonly #hasOneCandidate: boolean
  readonly #cutter = new FrameCutter()
  readonly #open = new Set<number>()
  readonly #finished = new Set<number>()
  #isBlocked = false
  /** The newest frame of an answer that may be complete: nothing but the end of the bytes tells. */
  #terminal: Uint8Array | undefined
  /** The text in which the newest usage stands, unless it has been read. */
  #usageText: string | undefined
  #usage: Usage | undefined
  readonly #searches = new Map<number, number>()
  committed = false
  error: HubError | undefined

  constructor(request: ChatRequest, target: WireTarget, requestId: string | undefined) {
    this.#hasOneCandidate = (request.n ?? 1) === 1
    this.#target = target
    this.#requestId = requestId
  }

  get usage(): Usage | undefined {
    if (this.#usageText !== undefined) {
      const chunk = lastUsageChunk(this.#usageText)
      this.#usageText = undefined
      let searches = 0
      for (const count of this.#searches.values()) searches += count
      this.#usage = (chunk && readUsage(chunk, searches)) ?? this.#usage
    }
    return this.#usage
  }

  push(bytes: Uint8Array): Uint8Array {
    if (this.error) return nothing
    const frames = this.#cutter.push(bytes)
    if (this.#cutter.held > maxFrameBytes) {
      this.error = malformed(this.#target, 'whose parts are too long')
      return nothing
    }
    if (frames.length === 0) return nothing
    const isPlain = this.committed && !this.#terminal && !beginsOddly(frames)
    if (!isPlain || !this.#hasOneCandidate) return this.#sift(frames)
    const text = decoder.decode(frames)
    if (mayMatter.test(text)) return this.#sift(frames)
    this.#usageText = text
    return frames
  }

  end(): Uint8Array {
    const rest = this.#cutter.end()
    if (this.error) return nothing
    const before = rest.length > 0 ? this.#lastFrame(rest) : nothing
    if (this.error) return before
    if (this.#terminal) return joined([before, this.#terminal])
    this.error = incomplete(this.#target)
    return before
  }

  fail(error: HubError): string {
    return errorFrame(error, this.#requestId)
  }

  #sift(frames: Uint8Array): Uint8Array {
    const kept: Uint8Array[] = []
    for (let at = 0; at < frames.length && !this.error; ) {
      const end = frameEnd(frames, at)
      const frame = frames.subarray(at, end)
      const isChunk = this.#read(frame)
      if (!this.error) kept.push(isChunk ? this.#passed(frame) : this.#passedBeside(frame))
      at = end
    }
    return joined(kept)
  }

  /** A comment, or the line feed that belongs to the frame before, never overtakes what is held. */
  #passedBeside(frame: Uint8Array): Uint8Array {
    if (this.#terminal === undefined) return frame
    this.#terminal = joined([this.#terminal, frame])
    return nothing
  }

  /** What may go on now that `frame` has come: itself, or the one that was held in its place. */
  #passed(frame: Uint8Array): Uint8Array {
    const held = this.#terminal ?? nothing
    const isComplete = this.#isBlocked || (this.#open.size === 0 && this.#finished.size > 0)
    if (!isComplete) {
      this.#terminal = undefined
      return joined([held, frame])
    }
    this.#terminal = frame
    return held
  }

  /** Takes note of a frame. @returns whether it holds a chunk. */
  #read(bytes: Uint8Array): boolean {
    const { data, json } = readFrame(bytes)
    const text = data ?? json
    if (text === undefined || text === '') return false
    const chunk = parseChunk(text)
    this.error =
      chunk === undefined || data === undefined
        ? strayJson(chunk, this.#target)
        : chunkError(chunk, this.#target)
    if (chunk && !this.error) this.#readChunk(chunk, text)
    return true
  }

  #readChunk(chunk: JsonObject, text: string): void {
    if (chunk.usageMetadata) this.#usageText = `data: ${text}`
    if (blockReasonOf(chunk) !== undefined) {
      this.#isBlocked = true
      this.committed = true
    }
    const candidates = Array.isArray(chunk.candidates) ? chunk.candidates : []
    for (let at = 0; at < candidates.length; at++) {
      const candidate = candidates[at]
      if (!isJsonObject(candidate)) continue
      this.error = candidateError(candidate, this.#target)
      if (this.error) return
      const index = candidateIndex(candidate, at)
      const { content, finishReason: reason } = candidate
      const searches = searchesOf(candidate)
      if (searches > 0) this.#searches.set(index, searches)
      if (typeof reason === 'string' && reason !== '') {
        this.#finished.add(index)
        this.#open.delete(index)
        this.committed = true
      } else if (!this.#finished.has(index)) this.#open.add(index)
      this.committed ||= isJsonObject(content) && saysSomething(content)
    }
  }

  /** A frame without its blank line. What was cut off is not passed on; the caller gets it closed. */
  #lastFrame(bytes: Uint8Array): Uint8Array {
    const { data, json } = readFrame(bytes)
    if (!parseChunk(data ?? json ?? '')) return nothing
    const closed = joined([bytes, encoder.encode('\n\n')])
    this.#read(closed)
    return this.error ? nothing : this.#passed(closed)
  }
}

/** JSON outside a frame: an error, or an answer in a form nobody asked for. */
function strayJson(chunk: JsonObject | undefined, target: WireTarget): HubError {
  if (!chunk) return malformed(target, 'with a chunk that is no JSON object')
  return chunkError(chunk, target) ?? malformed(target, 'in one piece where a stream was asked for')
}

/** The last of some frames that reports usage. */
function lastUsageChunk(frames: string): JsonObject | undefined {
  const lines = frames.split(/[\r\n]+/)
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at] as string
    const chunk = line.startsWith('data:') ? parseChunk(line.slice('data:'.length)) : undefined
    if (chunk?.usageMetadata) return chunk
  }
  return undefined
}

/** Whether some part holds more than an empty text. */
function saysSomething({ parts }: JsonObject): boolean {
  return (
    Array.isArray(parts) &&
    parts.some((part) => isJsonObject(part) && (part.text !== '' || 'thoughtSignature' in part))
  )
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
