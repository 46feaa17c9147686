// An answer coming in, streamed or whole: bytes to events. A whole answer is a stream of one chunk.

import {
  type ChatEvent,
  type HubError,
  isJsonObject,
  type JsonObject,
  readCount,
  type StreamReader,
  type WireTarget,
} from '@aigne-hub/protocol'
import { otherFields } from '../read-field.ts'
import { createSseReader } from '../sse-reader.ts'
import { incomplete, malformed, readObject } from '../upstream-fault.ts'
import { CandidateReader } from './candidate-reader.ts'
import { candidateError, chunkError } from './errors.ts'
import { parsed } from './parts.ts'
import { searchesOf } from './sources.ts'
import { readUsage } from './usage.ts'

/**
 * Google sends no terminal frame: an answer is complete when the bytes end and every candidate that began
 * has a finish reason, or the prompt was blocked. After an error nothing more is read.
 */
export function streamReader(target: WireTarget): StreamReader {
  const answer = new AnswerReader(target)
  const sse = createSseReader({
    onEvent: (data) => answer.frame(data),
    onComment: () => answer.comment(),
    onBareJson: (text, isWhole) => answer.bareJson(text, isWhole),
    onTooLong: () => answer.fail(malformed(target, 'whose parts are too long')),
  })
  return {
    push(bytes) {
      sse.push(bytes)
      return answer.take()
    },
    end() {
      answer.isEnding = true
      sse.end()
      answer.end()
      return answer.take()
    },
  }
}

/** @throws HubError when the answer is malformed, or an error under a status of 200. */
export function readResponse(body: Uint8Array, target: WireTarget): ChatEvent[] {
  const fields = readObject(body, target)
  const answer = new AnswerReader(target)
  answer.chunk(fields)
  if (answer.isSilent) answer.fail(malformed(target, 'without candidates'))
  answer.finish()
  const events = answer.take()
  const last = events.at(-1)
  if (last?.type === 'error') throw last.error
  return events
}

/** The most candidates an answer may have. */
const maxChoices = 128

/** Which of the answers a candidate is: its `index`, else where it stands. */
export function candidateIndex({ index }: JsonObject, place: number): number {
  const isUsable = typeof index === 'number' && Number.isInteger(index)
  return isUsable && index >= 0 && index < maxChoices ? index : place
}

/** Why a prompt was refused, or undefined when it was not. */
export function blockReasonOf({ promptFeedback }: JsonObject): string | undefined {
  const reason = isJsonObject(promptFeedback) ? promptFeedback.blockReason : undefined
  return typeof reason === 'string' && reason !== '' ? reason : undefined
}

/** The object in a frame; an error may stand in an array. */
export function parseChunk(data: string): JsonObject | undefined {
  const value = parsed(data)
  const chunk = Array.isArray(value) ? value[0] : value
  return isJsonObject(chunk) ? chunk : undefined
}

const startFields = [
  'candidates',
  'usageMetadata',
  'modelVersion',
  'responseId',
  'createTime',
  'continuationToken',
]

class AnswerReader {
  readonly #target: WireTarget
  #events: ChatEvent[] = []
  #candidates: CandidateReader[] = []
  #answerId: string | undefined
  #blockReason: string | undefined
  #isOver = false
  isEnding = false

  constructor(target: WireTarget) {
    this.#target = target
  }

  /** Nothing has been said, and nobody said why. */
  get isSilent(): boolean {
    return this.#candidates.length === 0 && this.#blockReason === undefined
  }

  take(): ChatEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  comment(): void {
    if (!this.#isOver) this.#events.push({ type: 'keepAlive' })
  }

  fail(error: HubError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.push({ type: 'error', error })
  }

  frame(data: string): void {
    if (this.#isOver || data === '') return
    const chunk = parseChunk(data)
    if (chunk) this.chunk(chunk)
    // A frame cut off by the end of the bytes is no malformed one; `end` says what that means.
    else if (!this.isEnding) {
      this.fail(malformed(this.#target, 'with a chunk that is no JSON object'))
    }
  }

  /** An error, a whole answer, or the array of chunks of a server that ignores `alt=sse`. */
  bareJson(text: string, isWhole: boolean): void {
    if (!isWhole) return
    const value = parsed(text) ?? null
    for (const chunk of Array.isArray(value) ? value : [value]) {
      if (isJsonObject(chunk) && !this.#isOver) this.chunk(chunk)
    }
  }

  chunk(chunk: JsonObject): void {
    const error = chunkError(chunk, this.#target)
    if (error) {
      this.fail(error)
      return
    }
    const candidates = Array.isArray(chunk.candidates) ? chunk.candidates : []
    this.#blockReason ??= blockReasonOf(chunk)
    if (candidates.length > 0 || this.#blockReason !== undefined) this.#start(chunk)
    for (let at = 0; at < candidates.length && !this.#isOver; at++) {
      const candidate = candidates[at]
      if (isJsonObject(candidate)) this.#candidate(candidate, at, chunk)
    }
    if (this.#isOver) return
    const usage = readUsage(chunk, this.#searches())
    if (usage) this.#events.push({ type: 'usage', usage })
  }

  /** The bytes have ended. */
  end(): void {
    if (this.#isOver) return
    const isComplete = !this.isSilent && this.#candidates.every((one) => one.isFinished)
    if (isComplete || this.#blockReason !== undefined) this.finish()
    else this.fail(incomplete(this.#target))
    this.#isOver = true
  }

  /** Ends what is open. */
  finish(): void {
    if (this.#isOver) return
    if (this.#candidates.length === 0) this.#reader(0)
    for (const one of this.#candidates) one?.finish(this.#events, this.#blockReason)
  }

  #searches(): number {
    let searches = 0
    for (const one of this.#candidates) if (one?.details) searches += searchesOf(one.details)
    return searches
  }

  #candidate(candidate: JsonObject, place: number, chunk: JsonObject): void {
    const error = candidateError(candidate, this.#target)
    if (error) {
      this.fail(error)
      return
    }
    const reader = this.#reader(candidateIndex(candidate, place))
    reader.read(candidate, this.#events)
    const { continuationToken: token } = chunk
    if (typeof token === 'string') {
      reader.details = { ...reader.details, continuationToken: token }
    }
  }

  #start(chunk: JsonObject): void {
    if (this.#answerId !== undefined) return
    const { responseId, modelVersion, createTime } = chunk
    this.#answerId = typeof responseId === 'string' ? responseId : ''
    const created = typeof createTime === 'string' ? Date.parse(createTime) / 1000 : 0
    const others = otherFields(chunk, startFields)
    this.#events.push({
      type: 'start',
      id: this.#answerId,
      model:
        typeof modelVersion === 'string' && modelVersion !== '' ? modelVersion : this.#target.model,
      created: readCount(created),
      ...(others && { native: { gemini: others } }),
    })
  }

  #reader(index: number): CandidateReader {
    const known = this.#candidates[index]
    if (known) return known
    const reader = new CandidateReader(index, this.#answerId ?? '', this.#target.provider)
    this.#candidates[index] = reader
    return reader
  }
}
