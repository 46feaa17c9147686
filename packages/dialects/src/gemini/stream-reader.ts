// An answer coming in, streamed or whole: bytes to events. A whole answer is a stream of one chunk.

import {
  type ChatEvent,
  isJsonObject,
  type JsonObject,
  readCount,
  type StreamReader,
  type WireTarget,
} from '@aigne-hub/protocol'
import { eventStreamReader, StreamedAnswer } from '../event-stream-reader.ts'
import { otherFields } from '../read-field.ts'
import { malformed, readObject } from '../upstream-fault.ts'
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
  return eventStreamReader(new AnswerReader(target))
}

/** @throws HubError when the answer is malformed, or an error under a status of 200. */
export function readResponse(body: Uint8Array, target: WireTarget): ChatEvent[] {
  return new AnswerReader(target).readWhole(readObject(body, target))
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

const startFields = [
  'candidates',
  'usageMetadata',
  'modelVersion',
  'responseId',
  'createTime',
  'continuationToken',
]

class AnswerReader extends StreamedAnswer {
  #candidates: CandidateReader[] = []
  #answerId: string | undefined
  #blockReason: string | undefined

  /** Nothing has been said, and nobody said why. */
  get #isSilent(): boolean {
    return this.#candidates.length === 0 && this.#blockReason === undefined
  }

  /** @throws HubError when the answer is malformed, or an error under a status of 200. */
  readWhole(answer: JsonObject): ChatEvent[] {
    this.event(answer)
    if (this.#isSilent) this.fail(malformed(this.target, 'without candidates'))
    this.#finish()
    const events = this.take()
    const last = events.at(-1)
    if (last?.type === 'error') throw last.error
    return events
  }

  /** Besides what the others send, the array of chunks of a server that ignores `alt=sse`. */
  protected bareJson(text: string): void {
    const value = parsed(text) ?? null
    for (const chunk of Array.isArray(value) ? value : [value]) {
      if (isJsonObject(chunk) && !this.isOver) this.event(chunk)
    }
  }

  protected event(chunk: JsonObject): void {
    const error = chunkError(chunk, this.target)
    if (error) {
      this.fail(error)
      return
    }
    const candidates = Array.isArray(chunk.candidates) ? chunk.candidates : []
    this.#blockReason ??= blockReasonOf(chunk)
    if (candidates.length > 0 || this.#blockReason !== undefined) this.#start(chunk)
    for (let at = 0; at < candidates.length && !this.isOver; at++) {
      const candidate = candidates[at]
      if (isJsonObject(candidate)) this.#candidate(candidate, at, chunk)
    }
    if (this.isOver) return
    const usage = readUsage(chunk, this.#searches())
    if (usage) this.events.push({ type: 'usage', usage })
  }

  protected override ended(): void {
    const isComplete = !this.#isSilent && this.#candidates.every((one) => one.isFinished)
    if (isComplete || this.#blockReason !== undefined) this.#finish()
    else super.ended()
  }

  /** Ends what is open. */
  #finish(): void {
    if (this.isOver) return
    if (this.#candidates.length === 0) this.#reader(0)
    for (const one of this.#candidates) one?.finish(this.events, this.#blockReason)
  }

  #searches(): number {
    let searches = 0
    for (const one of this.#candidates) if (one?.details) searches += searchesOf(one.details)
    return searches
  }

  #candidate(candidate: JsonObject, place: number, chunk: JsonObject): void {
    const error = candidateError(candidate, this.target)
    if (error) {
      this.fail(error)
      return
    }
    const reader = this.#reader(candidateIndex(candidate, place))
    reader.read(candidate, this.events)
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
    this.events.push({
      type: 'start',
      id: this.#answerId,
      model:
        typeof modelVersion === 'string' && modelVersion !== '' ? modelVersion : this.target.model,
      created: readCount(created),
      ...(others && { native: { gemini: others } }),
    })
  }

  #reader(index: number): CandidateReader {
    const known = this.#candidates[index]
    if (known) return known
    const reader = new CandidateReader(index, this.#answerId ?? '', this.target.provider)
    this.#candidates[index] = reader
    return reader
  }
}
