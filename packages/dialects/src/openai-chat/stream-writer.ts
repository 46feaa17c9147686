// A streamed chat answer going out: events to frames.

import {
  type ChatEvent,
  type ChatRequest,
  type MediaPart,
  type RefusalPart,
  type ReplyContext,
  type Signature,
  type StreamWriter,
  sseFrame,
  type TextPart,
  type TokenLogprob,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'
import { openAiErrorFrame } from '../openai-errors.ts'
import { writeAnnotations } from './annotations.ts'
import { writeImages } from './answer-images.ts'
import { ChunkFrames } from './chunk-frames.ts'
import { writeFinishReason } from './finish-reason.ts'
import { OpenThought } from './open-thought.ts'
import { namedInput } from './tool-calls.ts'
import { usesLegacyFunctions } from './tools.ts'

type Event<T extends ChatEvent['type']> = Extract<ChatEvent, { type: T }>

/** A part that has begun: what of it the caller has seen, and what only its end can tell. */
type OpenPart =
  | { type: 'text' | 'refusal'; sent: number; offset: number; sources: number }
  | {
      type: 'toolCall'
      sent: number
      wireIndex: number
      kind: 'function' | 'custom'
      signature: Signature | undefined
    }
  | OpenThought
  | { type: 'media'; part: MediaPart }
  | { type: 'unwritten' }

interface OpenChoice {
  parts: OpenPart[]
  calls: number
  thoughts: number
  /** UTF-16 units of content sent before the open text part. */
  contentLength: number
  isFinished: boolean
}

export function streamWriter(context: ReplyContext<'chat'>): StreamWriter {
  return new ChatStreamWriter(context)
}

class ChatStreamWriter implements StreamWriter {
  readonly #request: ChatRequest
  readonly #requestId: string
  readonly #isLegacy: boolean
  readonly #chunks: ChunkFrames
  #choices: OpenChoice[] = []
  #usage: Usage | undefined

  constructor(context: ReplyContext<'chat'>) {
    const { request, requestId } = context
    this.#request = request
    this.#requestId = requestId
    this.#isLegacy = usesLegacyFunctions(request)
    this.#chunks = new ChunkFrames(context)
  }

  push(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        this.#chunks.start(event)
        return ''
      case 'partStart':
        return this.#partStart(event)
      case 'partDelta':
        return this.#partDelta(event)
      case 'partEnd':
        return this.#partEnd(event)
      case 'finish':
        return this.#finish(event)
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'keepAlive':
        return ''
      case 'error':
        throw new TypeError('An error ends a stream: call fail().')
    }
  }

  end(): string {
    const done = sseFrame('[DONE]')
    if (!this.#request.stream?.includeUsage) return done
    return this.#chunks.usage(this.#usage ?? usageOf()) + done
  }

  fail(error: Parameters<StreamWriter['fail']>[0]): string {
    return openAiErrorFrame(error, this.#requestId)
  }

  /** The choice, and the frame that opens it when this is its first event. */
  #open(index: number): { choice: OpenChoice; opening: string } {
    const known = this.#choices[index]
    if (known) return { choice: known, opening: '' }
    const choice = { parts: [], calls: 0, thoughts: 0, contentLength: 0, isFinished: false }
    this.#choices[index] = choice
    const opening = this.#chunks.opening(index)
    return { choice, opening }
  }

  #partStart({ choice: at, index, part }: Event<'partStart'>): string {
    const { choice, opening } = this.#open(at)
    switch (part.type) {
      case 'text':
      case 'refusal': {
        const { text, logprobs } = part
        choice.parts[index] = {
          type: part.type,
          sent: 0,
          offset: choice.contentLength,
          sources: 0,
        }
        const annotations = part.type === 'text' ? part.annotations : undefined
        const said = this.#say(at, choice, index, text, logprobs)
        return opening + said + (annotations ? this.#annotate(at, choice, index, annotations) : '')
      }
      case 'toolCall': {
        const { kind, input, signature } = part
        const wireIndex = choice.calls++
        choice.parts[index] = { type: 'toolCall', sent: input.length, wireIndex, kind, signature }
        if (!this.#isLegacy) {
          const call = { index: wireIndex, id: part.id, ...namedInput(part) }
          return opening + this.#chunks.frame(at, JSON.stringify({ tool_calls: [call] }))
        }
        if (wireIndex > 0) return opening
        const call = { name: part.name, arguments: input }
        return opening + this.#chunks.frame(at, JSON.stringify({ function_call: call }))
      }
      case 'reasoning': {
        const thought = new OpenThought(part, choice.thoughts++)
        choice.parts[index] = thought
        return opening + this.#chunks.thought(at, thought.shown())
      }
      case 'media':
        choice.parts[index] = { type: 'media', part: { ...part } }
        return opening
      case 'native':
        choice.parts[index] = { type: 'unwritten' }
        if (part.dialect !== 'openai-chat') return opening
        return opening + this.#chunks.details(at, [part.value])
      default:
        choice.parts[index] = { type: 'unwritten' }
        return opening
    }
  }

  #partDelta(delta: Event<'partDelta'>): string {
    const { choice: at, index, text, input, annotation } = delta
    const { choice } = this.#open(at)
    const open = choice.parts[index]
    switch (open?.type) {
      case 'text':
      case 'refusal': {
        const said = this.#say(at, choice, index, text ?? '', delta.logprobs)
        return annotation ? said + this.#annotate(at, choice, index, [annotation]) : said
      }
      case 'toolCall':
        if (!input) return ''
        open.sent += input.length
        return this.#continueCall(at, open, input)
      case 'reasoning':
        return text === undefined
          ? ''
          : this.#chunks.thought(at, open.grow(text, delta.summaryIndex))
      case 'media':
        if (delta.data !== undefined) open.part.data = (open.part.data ?? '') + delta.data
        return ''
      default:
        return ''
    }
  }

  #partEnd({ choice: at, index, signature, part }: Event<'partEnd'>): string {
    const { choice } = this.#open(at)
    const open = choice.parts[index]
    switch (open?.type) {
      case 'text':
      case 'refusal':
        return part?.type === open.type ? this.#endText(at, choice, index, part) : ''
      case 'toolCall': {
        const rest = part?.type === 'toolCall' ? part.input.slice(open.sent) : ''
        const said = rest === '' ? '' : this.#continueCall(at, open, rest)
        const proof = signature ?? part?.signature ?? open.signature
        return proof && !this.#isLegacy
          ? said + this.#chunks.callSignature(at, open.wireIndex, open.kind, proof)
          : said
      }
      case 'reasoning': {
        const details = open.details(part?.type === 'reasoning' ? part : undefined, signature)
        return details ? this.#chunks.details(at, details) : ''
      }
      case 'media': {
        const images = writeImages(part?.type === 'media' ? part : open.part)
        return images.length > 0 ? this.#chunks.frame(at, JSON.stringify({ images })) : ''
      }
      default:
        return ''
    }
  }

  #finish({ choice: at, reason }: Event<'finish'>): string {
    const { choice, opening } = this.#open(at)
    if (choice.isFinished) return ''
    choice.isFinished = true
    const word = writeFinishReason(reason, this.#isLegacy)
    return opening + this.#chunks.frame(at, '{}', `"${word}"`)
  }

  /** More of a text or a refusal. */
  #say(
    at: number,
    choice: OpenChoice,
    index: number,
    text: string,
    logprobs?: readonly TokenLogprob[],
  ): string {
    const open = choice.parts[index]
    if (open?.type !== 'text' && open?.type !== 'refusal') return ''
    if (text === '' && !logprobs) return ''
    open.sent += text.length
    if (open.type === 'text') choice.contentLength += text.length
    return this.#chunks.said(at, open.type, text, logprobs)
  }

  /** What only the final item says. */
  #endText(at: number, choice: OpenChoice, index: number, part: TextPart | RefusalPart): string {
    const open = choice.parts[index]
    if (open?.type !== 'text' && open?.type !== 'refusal') return ''
    const said = this.#say(at, choice, index, part.text.slice(open.sent))
    const sources = part.type === 'text' ? part.annotations?.slice(open.sources) : undefined
    return sources?.length ? said + this.#annotate(at, choice, index, sources) : said
  }

  #annotate(
    at: number,
    choice: OpenChoice,
    index: number,
    list: Parameters<typeof writeAnnotations>[0],
  ): string {
    const open = choice.parts[index]
    if (open?.type !== 'text') return ''
    open.sources += list.length
    const annotations = writeAnnotations(list, open.offset)
    return annotations.length > 0 ? this.#chunks.frame(at, JSON.stringify({ annotations })) : ''
  }

  #continueCall(
    at: number,
    { wireIndex, kind }: Extract<OpenPart, { type: 'toolCall' }>,
    input: string,
  ): string {
    if (!this.#isLegacy) return this.#chunks.callInput(at, wireIndex, kind, input)
    if (wireIndex > 0) return ''
    const text = JSON.stringify(input)
    return this.#chunks.frame(at, `{"function_call":{"arguments":${text}}}`)
  }
}
