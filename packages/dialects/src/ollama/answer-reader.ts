// An answer coming in, streamed or whole: a whole answer is a stream of one line.

import {
  type ChatEvent,
  type FinishReason,
  type HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type StreamReader,
  type TokenLogprob,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readLogprobs } from '../openai-chat/logprobs.ts'
import { inputText, inventedCallId } from '../openai-chat/tool-calls.ts'
import { readFault } from '../openai-errors.ts'
import { parseEvent } from '../sse-frame.ts'
import { faultError, incomplete, malformed, readObject } from '../upstream-fault.ts'
import { LeakedThought } from './leaked-thought.ts'
import { LineCutter } from './line-cutter.ts'

/** UTF-16 units that one line may have. */
const maxLineLength = 16 * 1024 * 1024

/** An answer is complete when a line says `done`. After that, or after an error, nothing more is read. */
export function streamReader(target: WireTarget): StreamReader {
  return new AnswerReader(target)
}

/** @throws HubError when the answer is malformed, or an error under a status of 200. */
export function readResponse(body: Uint8Array, target: WireTarget): ChatEvent[] {
  const answer = readObject(body, target)
  const reader = new AnswerReader(target)
  const events = reader.whole(answer)
  const last = events.at(-1)
  if (last?.type === 'error') throw last.error
  return events
}

/** The failure that a line reports, or undefined when it is an ordinary one. */
function errorOf(line: JsonObject, target: WireTarget): HubError | undefined {
  const { error } = line
  if (typeof error !== 'string' && !isJsonObject(error)) return undefined
  return faultError(readFault(line) ?? {}, target)
}

class AnswerReader implements StreamReader {
  readonly #target: WireTarget
  readonly #lines = new LineCutter()
  readonly #leak = new LeakedThought()
  #events: ChatEvent[] = []
  #isOver = false
  /** When the answer began, as its provider says it: tells the invented ids of its calls apart. */
  #createdAt: string | undefined
  #nextIndex = 0
  #calls = 0
  #open: { type: 'text' | 'reasoning'; index: number } | undefined
  /** Of text that is still held back. */
  #logprobs: TokenLogprob[] = []

  constructor(target: WireTarget) {
    this.#target = target
  }

  push(bytes: Uint8Array): ChatEvent[] {
    if (this.#isOver) return []
    for (const line of this.#lines.push(bytes)) this.#line(line)
    if (this.#lines.held > maxLineLength) {
      this.#fail(malformed(this.#target, 'whose lines are too long'))
    }
    return this.#take()
  }

  end(): ChatEvent[] {
    const last = parseEvent(this.#lines.end())
    if (last && !this.#isOver) this.#object(last)
    this.#fail(incomplete(this.#target))
    return this.#take()
  }

  /** The events of an answer that is one object. */
  whole(answer: JsonObject): ChatEvent[] {
    const isAnswer = isJsonObject(answer.message) || errorOf(answer, this.#target) !== undefined
    if (isAnswer) this.#object({ ...answer, done: true })
    else this.#fail(malformed(this.#target, 'without a message'))
    return this.#take()
  }

  #take(): ChatEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  #fail(error: HubError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.push({ type: 'error', error })
  }

  #line(text: string): void {
    if (this.#isOver || text.trim() === '') return
    const line = parseEvent(text)
    if (line) this.#object(line)
    else this.#fail(malformed(this.#target, 'with a line that is no JSON object'))
  }

  #object(line: JsonObject): void {
    const error = errorOf(line, this.#target)
    if (error) {
      this.#fail(error)
      return
    }
    if (this.#createdAt === undefined) this.#start(line)
    const { message } = line
    if (isJsonObject(message)) this.#message(message, line.logprobs)
    if (line.done === true) this.#finish(line)
  }

  #start({ model, created_at: createdAt }: JsonObject): void {
    this.#createdAt = typeof createdAt === 'string' ? createdAt : ''
    this.#events.push({
      type: 'start',
      id: '',
      model: typeof model === 'string' && model !== '' ? model : this.#target.model,
      created: readCount(Date.parse(this.#createdAt) / 1000),
    })
  }

  #message({ thinking, content, tool_calls: calls }: JsonObject, logprobs: Json | undefined): void {
    if (typeof thinking === 'string' && thinking !== '') {
      this.#flush()
      this.#say('reasoning', thinking)
    }
    if (logprobs && content) this.#logprobs.push(...(readLogprobs(logprobs) ?? []))
    if (typeof content === 'string' && content !== '') this.#content(content)
    if (!Array.isArray(calls)) return
    for (const call of calls) if (isJsonObject(call)) this.#call(call)
  }

  #content(content: string): void {
    if (this.#leak.isOver) {
      this.#say('text', content)
      return
    }
    const { thought, text } = this.#leak.read(content)
    if (thought !== '') this.#say('reasoning', thought)
    if (text !== '') this.#say('text', text)
  }

  /** Says what was held back in case it was the beginning or the end of a thought. */
  #flush(): void {
    if (this.#leak.isOver) return
    const { thought, text } = this.#leak.end()
    if (thought !== '') this.#say('reasoning', thought)
    if (text !== '') this.#say('text', text)
  }

  #say(type: 'text' | 'reasoning', text: string): void {
    const odds = this.#logprobs
    if (odds.length > 0) this.#logprobs = []
    const logprobs = type === 'text' && odds.length > 0 ? { logprobs: odds } : undefined
    if (this.#open?.type === type) {
      const { index } = this.#open
      this.#events.push({ type: 'partDelta', choice: 0, index, text, ...logprobs })
      return
    }
    this.#close()
    const index = this.#nextIndex++
    this.#open = { type, index }
    this.#events.push({ type: 'partStart', choice: 0, index, part: { type, text, ...logprobs } })
  }

  /** A call comes in one piece. */
  #call({ id, function: named }: JsonObject): void {
    const { name, arguments: input } = isJsonObject(named) ? named : {}
    if (typeof name !== 'string' || name === '') return
    this.#flush()
    this.#close()
    const index = this.#nextIndex++
    const place = this.#calls++
    this.#events.push(
      {
        type: 'partStart',
        choice: 0,
        index,
        part: {
          type: 'toolCall',
          id:
            typeof id === 'string' && id !== '' ? id : inventedCallId(this.#createdAt ?? '', place),
          name,
          kind: 'function',
          input: inputText(input) || '{}',
        },
      },
      { type: 'partEnd', choice: 0, index },
    )
  }

  #close(): void {
    if (!this.#open) return
    this.#events.push({ type: 'partEnd', choice: 0, index: this.#open.index })
    this.#open = undefined
  }

  #finish({ done_reason: reason, prompt_eval_count: input, eval_count: output }: JsonObject): void {
    this.#flush()
    this.#close()
    const raw = typeof reason === 'string' ? reason : ''
    this.#events.push({ type: 'finish', choice: 0, reason: this.#reasonOf(raw), raw })
    // A count that is zero is left out, so one that is missing is a report of zero.
    const usage = usageOf({ input: readCount(input), output: readCount(output) })
    this.#events.push({ type: 'usage', usage })
    this.#isOver = true
  }

  /** It says `stop` after calls too, and `load` where there was nothing to answer. */
  #reasonOf(raw: string): FinishReason {
    if (raw === 'length') return 'length'
    return this.#calls > 0 ? 'toolCalls' : 'stop'
  }
}
