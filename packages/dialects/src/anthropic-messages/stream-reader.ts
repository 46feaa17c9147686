// A streamed answer coming in: bytes to events.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
  type Signature,
  type StreamReader,
  type WireTarget,
} from '@aigne-hub/protocol'
import { eventStreamReader, StreamedAnswer } from '../event-stream-reader.ts'
import { parseEvent } from '../sse-frame.ts'
import { readCitation } from './citations.ts'
import { reportedError } from './errors.ts'
import { isJsonAnswer, readBlock, readStart, readWhole } from './response.ts'
import { readFinish } from './stop-reason.ts'
import { laterCounts, laterReport, readUsage } from './usage.ts'

/**
 * Reads what Anthropic and its like stream. An answer is complete when `message_stop` has come; its end
 * without that is an `error` event. After an error, or after `message_stop`, nothing more is read.
 */
export function streamReader(target: WireTarget): StreamReader {
  return eventStreamReader(new MessageStreamReader(target))
}

/** A block that has begun. `part`s that do not grow in our words are put together here. */
interface OpenBlock {
  index: number
  kind: 'text' | 'reasoning' | 'call' | 'answer' | 'held'
  part: Part
  signature: Signature | undefined
  /** The pieces of an input, where the part does not grow; else only whether there were any. */
  input: string
  /** The input came at once, with the start: pieces of it would be a second one. */
  isFilled: boolean
}

class MessageStreamReader extends StreamedAnswer {
  readonly #blocks = new Map<Json | undefined, OpenBlock>()
  #nextIndex = 0
  #report: JsonObject = {}
  #hasStarted = false
  #hasCalls = false
  #isFinished = false

  protected bareJson(text: string): void {
    const answer = parseEvent(text)
    if (!answer) return
    if (answer.type !== 'message') throw reportedError(answer, this.target)
    this.events.push(...readWhole(answer, this.target))
    this.isOver = true
  }

  protected event(event: JsonObject, name: string | undefined): void {
    switch (event.type) {
      case 'content_block_delta':
        if (isJsonObject(event.delta)) this.#delta(event.index, event.delta)
        return
      case 'content_block_start':
        if (isJsonObject(event.content_block)) this.#open(event.index, event.content_block)
        return
      case 'content_block_stop':
        this.#close(event.index)
        return
      case 'message_start':
        if (isJsonObject(event.message)) this.#start(event.message)
        return
      case 'message_delta':
        this.#messageDelta(event)
        return
      case 'message_stop':
        this.#start({})
        this.#finish({})
        this.isOver = true
        return
      case 'ping':
        this.keepAlive()
        return
      default:
        if (event.type === 'error' || name === 'error' || isJsonObject(event.error)) {
          this.fail(reportedError(event, this.target))
        }
    }
  }

  #start(message: JsonObject): void {
    if (!this.#hasStarted) {
      this.#hasStarted = true
      this.events.push({ type: 'start', ...readStart(message, this.target) })
    }
    this.#usage(message.usage)
  }

  /** Each report counts from the beginning of the answer. */
  #usage(report: Json | undefined): void {
    if (!isJsonObject(report)) return
    this.#report = laterCounts(this.#report, report)
    this.events.push({ type: 'usage', usage: readUsage(this.#report) })
  }

  #open(at: Json | undefined, block: JsonObject): void {
    this.#start({})
    if (this.#isFinished) return
    this.#close(at)
    const part = readBlock(block, this.target.provider)
    const isAnswer = isJsonAnswer(block)
    const kind = isAnswer ? 'answer' : kindOf(part)
    const index = this.#nextIndex++
    const { input } = block
    const isFilled = isJsonObject(input) && Object.keys(input).length > 0
    const { signature } = part
    const open: OpenBlock = { index, kind, part, signature, input: '', isFilled }
    this.#blocks.set(at, open)
    this.#hasCalls ||= kind === 'call'
    this.events.push({ type: 'partStart', choice: 0, index, part })
    // Some servers send the input at once.
    if (isFilled && kind !== 'held') this.#grow(open, JSON.stringify(input))
  }

  #delta(at: Json | undefined, delta: JsonObject): void {
    const open = this.#blocks.get(at)
    if (open === undefined) return
    const { index, kind, part } = open
    const { text, thinking, partial_json: input } = delta
    switch (delta.type) {
      case 'text_delta':
        if (kind !== 'text' || typeof text !== 'string' || text === '') return
        this.events.push({ type: 'partDelta', choice: 0, index, text })
        return
      case 'thinking_delta':
        if (kind !== 'reasoning' || typeof thinking !== 'string' || thinking === '') return
        this.events.push({ type: 'partDelta', choice: 0, index, text: thinking })
        return
      case 'input_json_delta':
        if (typeof input === 'string' && input !== '' && !open.isFilled) this.#grow(open, input)
        return
      case 'signature_delta': {
        const value = delta.signature
        if (kind !== 'reasoning' || typeof value !== 'string' || value === '') return
        open.signature = { value, vendor: this.target.provider }
        return
      }
      case 'citations_delta': {
        const annotation = readCitation(delta.citation)
        if (kind !== 'text' || annotation === undefined) return
        this.events.push({ type: 'partDelta', choice: 0, index, annotation })
        return
      }
      default:
        // Blocks of a kind that is newer than this code keep what comes.
        if (part.type !== 'native') return
        open.part = { ...part, value: laterReport(part.value as JsonObject, typeless(delta)) }
    }
  }

  /** More of an input. */
  #grow(open: OpenBlock, input: string): void {
    const { index, kind } = open
    if (kind === 'call') {
      open.input ||= input
      this.events.push({ type: 'partDelta', choice: 0, index, input })
    } else if (kind === 'answer') {
      open.input ||= input
      this.events.push({ type: 'partDelta', choice: 0, index, text: input })
    } else if (kind === 'held') open.input += input
  }

  #close(at: Json | undefined): void {
    const open = this.#blocks.get(at)
    if (open === undefined) return
    this.#blocks.delete(at)
    const { index, kind, part, signature, input } = open
    // A tool without arguments streams none.
    if (input === '' && (kind === 'call' || kind === 'answer')) this.#grow(open, '{}')
    if (kind === 'held') {
      this.events.push({ type: 'partEnd', choice: 0, index, part: withInput(part, input) })
    } else if (kind === 'reasoning' && signature) {
      this.events.push({ type: 'partEnd', choice: 0, index, signature })
    } else this.events.push({ type: 'partEnd', choice: 0, index })
  }

  #messageDelta(event: JsonObject): void {
    this.#start({})
    const { delta, usage } = event
    if (isJsonObject(delta) && typeof delta.stop_reason === 'string') this.#finish(delta)
    this.#usage(usage)
  }

  #finish(delta: JsonObject): void {
    if (this.#isFinished) return
    this.#isFinished = true
    for (const at of this.#blocks.keys()) this.#close(at)
    this.events.push({ type: 'finish', choice: 0, ...readFinish(delta, this.#hasCalls) })
  }
}

function kindOf({ type }: Part): OpenBlock['kind'] {
  if (type === 'text' || type === 'reasoning') return type
  return type === 'toolCall' ? 'call' : 'held'
}

function typeless({ type: _, ...fields }: JsonObject): JsonObject {
  return fields
}

/** A part of the provider's own tools, with the input that came in pieces. */
function withInput(part: Part, input: string): Part {
  const value = input === '' ? undefined : parseEvent(input)
  if (value === undefined) return part
  if (part.type === 'serverTool') return { ...part, data: value }
  if (part.type === 'native')
    return { ...part, value: { ...(part.value as JsonObject), input: value } }
  return part
}
