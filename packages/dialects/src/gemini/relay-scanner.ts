// Watches a stream that is passed on byte for byte. Usage, which Google repeats in every frame, is read when
// asked for.

import {
  type ChatRequest,
  type HubError,
  isJsonObject,
  type JsonObject,
  type RelayScanner,
  type Usage,
  type WireTarget,
} from '@aigne-hub/protocol'
import { closedFrame, FrameScanner, joined, nothing } from '../frame-scanner.ts'
import { frameEnd, parseEvent, readFrame, type SseFrame } from '../sse-frame.ts'
import { malformed } from '../upstream-fault.ts'
import { candidateError, chunkError, errorFrame } from './errors.ts'
import { searchesOf } from './sources.ts'
import { blockReasonOf, candidateIndex } from './stream-reader.ts'
import { readUsage } from './usage.ts'

const decoder = new TextDecoder()

/**
 * Keys that matter, with a value that is no null, and frames that end like no JSON object. Inside a JSON
 * string the quotes of such a key would have backslashes.
 */
const mayMatter =
  /"(?:finishReason|blockReason)"\s*:\s*"|"webSearchQueries"|"error"(?!\s*:\s*null)|[^}\r\n][\r\n]{2}/

export function relayScanner(
  request: ChatRequest,
  target: WireTarget,
  requestId?: string,
): RelayScanner {
  return new ContentScanner(request, target, requestId)
}

/**
 * Its `terminal` is the newest frame of an answer that may be complete: nothing but the end of the bytes
 * tells.
 */
class ContentScanner extends FrameScanner {
  readonly #requestId: string | undefined
  /** With several candidates every frame is read: each may hold the first word of another one. */
  readonly #hasOneCandidate: boolean
  readonly #open = new Set<number>()
  readonly #finished = new Set<number>()
  #isBlocked = false
  /** The text in which the newest usage stands, unless it has been read. */
  #usageText: string | undefined
  #usage: Usage | undefined
  readonly #searches = new Map<number, number>()

  constructor(request: ChatRequest, target: WireTarget, requestId: string | undefined) {
    super(target, mayMatter)
    this.#hasOneCandidate = (request.n ?? 1) === 1
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

  fail(error: HubError): string {
    return errorFrame(error, this.#requestId)
  }

  protected override isOver(): boolean {
    return this.error !== undefined
  }

  protected override pass(frames: Uint8Array): Uint8Array {
    const isPlain = this.committed && !this.terminal && !this.beginsOddly(frames)
    if (!isPlain || !this.#hasOneCandidate) return this.#sift(frames)
    const text = decoder.decode(frames)
    if (mayMatter.test(text)) return this.#sift(frames)
    this.#usageText = text
    return frames
  }

  #sift(frames: Uint8Array): Uint8Array {
    const kept: Uint8Array[] = []
    for (let at = 0; at < frames.length && !this.error; ) {
      const end = frameEnd(frames, at)
      const bytes = frames.subarray(at, end)
      const frame = readFrame(bytes)
      this.keeps(frame, bytes)
      const isChunk = (frame.data ?? frame.json ?? '') !== ''
      if (!this.error) kept.push(isChunk ? this.#passed(bytes) : this.#passedBeside(bytes))
      at = end
    }
    return joined(kept)
  }

  /** A comment, or the line feed that belongs to the frame before, never overtakes what is held. */
  #passedBeside(frame: Uint8Array): Uint8Array {
    if (this.terminal === undefined) return frame
    this.terminal = joined([this.terminal, frame])
    return nothing
  }

  /** What may go on now that `frame` has come: itself, or the one that was held in its place. */
  #passed(frame: Uint8Array): Uint8Array {
    const held = this.terminal ?? nothing
    const isComplete = this.#isBlocked || (this.#open.size === 0 && this.#finished.size > 0)
    if (!isComplete) {
      this.terminal = undefined
      return joined([held, frame])
    }
    this.terminal = frame
    return held
  }

  protected keepsEvent(chunk: JsonObject, { data }: SseFrame): boolean {
    this.error = chunkError(chunk, this.target)
    if (this.error) return false
    if (chunk.usageMetadata) this.#usageText = `data: ${data}`
    if (blockReasonOf(chunk) !== undefined) {
      this.#isBlocked = true
      this.committed = true
    }
    const candidates = Array.isArray(chunk.candidates) ? chunk.candidates : []
    for (let at = 0; at < candidates.length; at++) {
      const candidate = candidates[at]
      if (!isJsonObject(candidate)) continue
      this.error = candidateError(candidate, this.target)
      if (this.error) return false
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
    return true
  }

  protected override lastFrame(bytes: Uint8Array): Uint8Array {
    const { data, json } = readFrame(bytes)
    return parseEvent(data ?? json ?? '') ? this.#sift(closedFrame(bytes)) : nothing
  }

  protected strayJson(value: JsonObject): HubError {
    return (
      chunkError(value, this.target) ??
      malformed(this.target, 'in one piece where a stream was asked for')
    )
  }
}

/** The last of some frames that reports usage. */
function lastUsageChunk(frames: string): JsonObject | undefined {
  const lines = frames.split(/[\r\n]+/)
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at] as string
    const chunk = line.startsWith('data:') ? parseEvent(line.slice('data:'.length)) : undefined
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
