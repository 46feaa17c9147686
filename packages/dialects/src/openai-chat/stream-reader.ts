// A streamed chat answer coming in: bytes to events.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type StreamReader,
  type WireTarget,
} from '@aigne-hub/protocol'
import { eventStreamReader, StreamedAnswer } from '../event-stream-reader.ts'
import { parseEvent } from '../sse-frame.ts'
import { incomplete } from '../upstream-fault.ts'
import { ChoiceReader } from './choice-reader.ts'
import { choiceError, chunkError } from './errors.ts'
import { choiceIndex, readStart, readWhole } from './response.ts'
import { readUsage } from './usage.ts'

/**
 * Reads what servers of the family stream. An answer is complete when `[DONE]` has come or every
 * choice that began has a finish reason; otherwise its end is an `error` event. After an error, or
 * after `[DONE]`, nothing more is read.
 */
export function streamReader(target: WireTarget): StreamReader {
  return eventStreamReader(new ChatStreamReader(target))
}

class ChatStreamReader extends StreamedAnswer {
  #choices: ChoiceReader[] = []
  #answerId: string | undefined
  /** The first chunk tells the tier, the last one the usage. */
  #tier: Json | undefined

  protected override frame(data: string, name: string | undefined): void {
    if (data.trimEnd() === '[DONE]') this.#done()
    else super.frame(data, name)
  }

  protected bareJson(text: string): void {
    const answer = parseEvent(text)
    if (!answer) return
    const error = chunkError(answer, 'choices' in answer ? undefined : 'error', this.target)
    if (error) throw error
    for (const event of readWhole(answer, this.target)) this.events.push(event)
    this.isOver = true
  }

  protected override ended(): void {
    if (!this.#isFinished()) super.ended()
  }

  /** Whether every choice that began has its finish reason. */
  #isFinished(): boolean {
    const began = this.#choices.filter(Boolean)
    return began.length > 0 && began.every(({ isFinished }) => isFinished)
  }

  protected event(chunk: JsonObject, name: string | undefined): void {
    const error = chunkError(chunk, name, this.target)
    if (error) {
      this.fail(error)
      return
    }
    const choices = Array.isArray(chunk.choices) ? chunk.choices : []
    // Azure's first chunk has neither id nor choices, only the verdict on the prompt.
    if (choices.length > 0) this.#start(chunk)
    for (let at = 0; at < choices.length && !this.isOver; at++) this.#choice(choices[at], at)
    this.#tier = chunk.service_tier ?? this.#tier
    const usage = readUsage(chunk, this.target, this.#tier)
    if (usage && !this.isOver) this.events.push({ type: 'usage', usage })
  }

  #start(chunk: JsonObject): void {
    if (this.#answerId !== undefined) return
    const start = readStart(chunk, this.target)
    this.#answerId = start.id
    this.events.push({ type: 'start', ...start })
  }

  #choice(choice: Json | undefined, position: number): void {
    if (!isJsonObject(choice)) return
    const error = choiceError(choice, this.target)
    if (error) {
      this.fail(error)
      return
    }
    const reader = this.#reader(choiceIndex(choice, position))
    const delta = isJsonObject(choice.delta) ? choice.delta : choice.message
    if (isJsonObject(delta)) reader.read(delta, choice.logprobs, this.events)
    const { finish_reason: reason } = choice
    if (typeof reason === 'string' && reason !== '') reader.finish(reason, this.events)
  }

  #reader(index: number): ChoiceReader {
    const known = this.#choices[index]
    if (known) return known
    const reader = new ChoiceReader(index, this.#answerId ?? '', this.target)
    this.#choices[index] = reader
    return reader
  }

  /** The server says that all is well: what it left open ends here, and silence is an empty answer. */
  #done(): void {
    if (this.target.quirks.needsFinishReason && !this.#isFinished()) {
      this.fail(incomplete(this.target))
      return
    }
    this.#start({})
    if (this.#choices.length === 0) this.#reader(0)
    for (const choice of this.#choices) choice?.finish('', this.events)
    this.isOver = true
  }
}
