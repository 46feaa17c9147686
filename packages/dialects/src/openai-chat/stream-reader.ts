// A streamed chat answer coming in: bytes to events.

import {
  type ChatEvent,
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type StreamReader,
  type WireTarget,
} from '@aigne-hub/protocol'
import { createSseReader } from '../sse-reader.ts'
import { incomplete, malformed } from '../upstream-fault.ts'
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
  const stream = new ChatStreamReader(target)
  const sse = createSseReader({
    onEvent: (data, name) => stream.frame(data, name),
    onComment: () => stream.comment(),
    onBareJson: (text, isWhole) => stream.bareJson(text, isWhole),
    onTooLong: () => stream.fail(malformed(target, 'whose parts are too long')),
  })
  return {
    push(bytes) {
      sse.push(bytes)
      return stream.take()
    },
    end() {
      stream.isEnding = true
      sse.end()
      stream.end()
      return stream.take()
    },
  }
}

class ChatStreamReader {
  readonly #target: WireTarget
  #events: ChatEvent[] = []
  #choices: ChoiceReader[] = []
  #answerId: string | undefined
  /** The first chunk tells the tier, the last one the usage. */
  #tier: Json | undefined
  #isOver = false
  isEnding = false

  constructor(target: WireTarget) {
    this.#target = target
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

  frame(data: string, name: string | undefined): void {
    if (this.#isOver || data === '') return
    const isDone = data.trimEnd() === '[DONE]'
    const chunk = isDone ? undefined : parseChunk(data)
    if (isDone) this.#done()
    else if (chunk) this.#chunk(chunk, name)
    // A frame cut off by the end of the bytes is no malformed one; `end` says what that means.
    else if (!this.isEnding)
      this.fail(malformed(this.#target, 'with a chunk that is no JSON object'))
  }

  /** An error, or the whole answer of a server that does not stream. */
  bareJson(text: string, isWhole: boolean): void {
    const answer = isWhole ? parseChunk(text) : undefined
    if (this.#isOver || !answer) return
    try {
      const error = chunkError(answer, 'choices' in answer ? undefined : 'error', this.#target)
      if (error) throw error
      for (const event of readWhole(answer, this.#target)) this.#events.push(event)
      this.#isOver = true
    } catch (thrown) {
      if (!(thrown instanceof HubError)) throw thrown
      this.fail(thrown)
    }
  }

  end(): void {
    const began = this.#choices.filter(Boolean)
    const isComplete = began.length > 0 && began.every(({ isFinished }) => isFinished)
    if (!isComplete) this.fail(incomplete(this.#target))
    this.#isOver = true
  }

  #chunk(chunk: JsonObject, name: string | undefined): void {
    const error = chunkError(chunk, name, this.#target)
    if (error) {
      this.fail(error)
      return
    }
    const choices = Array.isArray(chunk.choices) ? chunk.choices : []
    // Azure's first chunk has neither id nor choices, only the verdict on the prompt.
    if (choices.length > 0) this.#start(chunk)
    for (let at = 0; at < choices.length && !this.#isOver; at++) this.#choice(choices[at], at)
    this.#tier = chunk.service_tier ?? this.#tier
    const usage = readUsage(chunk, this.#tier)
    if (usage && !this.#isOver) this.#events.push({ type: 'usage', usage })
  }

  #start(chunk: JsonObject): void {
    if (this.#answerId !== undefined) return
    const start = readStart(chunk, this.#target)
    this.#answerId = start.id
    this.#events.push({ type: 'start', ...start })
  }

  #choice(choice: Json | undefined, position: number): void {
    if (!isJsonObject(choice)) return
    const error = choiceError(choice, this.#target)
    if (error) {
      this.fail(error)
      return
    }
    const reader = this.#reader(choiceIndex(choice, position))
    const delta = isJsonObject(choice.delta) ? choice.delta : choice.message
    if (isJsonObject(delta)) reader.read(delta, choice.logprobs, this.#events)
    const { finish_reason: reason } = choice
    if (typeof reason === 'string' && reason !== '') reader.finish(reason, this.#events)
  }

  #reader(index: number): ChoiceReader {
    const known = this.#choices[index]
    if (known) return known
    const reader = new ChoiceReader(index, this.#answerId ?? '', this.#target.provider)
    this.#choices[index] = reader
    return reader
  }

  /** The server says that all is well: what it left open ends here, and silence is an empty answer. */
  #done(): void {
    this.#start({})
    if (this.#choices.length === 0) this.#reader(0)
    for (const choice of this.#choices) choice?.finish('', this.#events)
    this.#isOver = true
  }
}

/** The object in a frame; some servers wrap an error in an array. */
function parseChunk(data: string): JsonObject | undefined {
  try {
    const value = JSON.parse(data) as Json
    const chunk = Array.isArray(value) ? value[0] : value
    return isJsonObject(chunk) ? chunk : undefined
  } catch {
    return undefined
  }
}
