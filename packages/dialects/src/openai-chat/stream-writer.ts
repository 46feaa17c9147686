// A streamed chat answer going out: events to frames.

import {
  type ChatEvent,
  type ChatRequest,
  type MediaPart,
  type ReasoningPart,
  type ReplyContext,
  type Signature,
  type StreamWriter,
  sseFrame,
  type TokenLogprob,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'
import { openAiErrorFrame } from '../openai-errors.ts'
import { wrapSignature } from '../signature.ts'
import { writeAnnotations } from './annotations.ts'
import { writeImages } from './answer-images.ts'
import { ChunkFrames } from './chunk-frames.ts'
import { writeFinishReason } from './finish-reason.ts'
import { writeLogprobs } from './logprobs.ts'
import { isPlain, writeDetails } from './reasoning.ts'
import { extraContent, namedInput } from './tool-calls.ts'
import { usesLegacyFunctions } from './tools.ts'

type Event<T extends ChatEvent['type']> = Extract<ChatEvent, { type: T }>

/** A part that has begun: what of it the caller has seen, and what only its end can tell. */
type OpenPart =
  | { type: 'text' | 'refusal'; sent: number; offset: number }
  | {
      type: 'toolCall'
      sent: number
      wireIndex: number
      kind: 'function' | 'custom'
      signature: Signature | undefined
    }
  | { type: 'reasoning'; part: ReasoningPart; paragraph: number; place: number }
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
        choice.parts[index] = { type: part.type, sent: 0, offset: choice.contentLength }
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
        const { text, summary } = part
        const place = choice.thoughts++
        const kept: ReasoningPart = { ...part, ...(summary && { summary: [...summary] }) }
        const paragraph = Math.max(0, (summary?.length ?? 0) - 1)
        choice.parts[index] = { type: 'reasoning', part: kept, paragraph, place }
        return opening + this.#chunks.thought(at, text || (summary?.join('\n\n') ?? ''))
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
        return input ? this.#continueCall(at, open, input) : ''
      case 'reasoning':
        return text === undefined ? '' : this.#continueThought(at, open, text, delta.summaryIndex)
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
        // What only the final item says.
        return part?.type === open.type
          ? this.#say(at, choice, index, part.text.slice(open.sent))
          : ''
      case 'toolCall': {
        const rest = part?.type === 'toolCall' ? part.input.slice(open.sent) : ''
        const said = rest === '' ? '' : this.#continueCall(at, open, rest)
        const proof = signature ?? part?.signature ?? open.signature
        return proof && !this.#isLegacy ? said + this.#signCall(at, open, proof) : said
      }
      case 'reasoning':
        return this.#endThought(
          at,
          open.place,
          part?.type === 'reasoning' ? part : open.part,
          signature,
        )
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
    const isText = open.type === 'text'
    if (isText) choice.contentLength += text.length
    const delta = isText
      ? `{"content":${JSON.stringify(text)}}`
      : `{"refusal":${JSON.stringify(text)}}`
    if (!logprobs) return this.#chunks.frame(at, delta)
    const tokens = writeLogprobs(logprobs)
    const odds = isText ? { content: tokens, refusal: null } : { content: null, refusal: tokens }
    return this.#chunks.frame(at, delta, 'null', JSON.stringify(odds))
  }

  #annotate(
    at: number,
    choice: OpenChoice,
    index: number,
    list: Parameters<typeof writeAnnotations>[0],
  ): string {
    const open = choice.parts[index]
    const annotations = writeAnnotations(list, open?.type === 'text' ? open.offset : 0)
    return annotations.length > 0 ? this.#chunks.frame(at, JSON.stringify({ annotations })) : ''
  }

  #continueCall(at: number, open: Extract<OpenPart, { type: 'toolCall' }>, input: string): string {
    open.sent += input.length
    const text = JSON.stringify(input)
    if (this.#isLegacy) {
      return open.wireIndex > 0
        ? ''
        : this.#chunks.frame(at, `{"function_call":{"arguments":${text}}}`)
    }
    const piece =
      open.kind === 'function' ? `"function":{"arguments":${text}}` : `"custom":{"input":${text}}`
    return this.#chunks.frame(at, `{"tool_calls":[{"index":${open.wireIndex},${piece}}]}`)
  }

  /** Clients of the family want every piece of a call to have its `function`, or `custom`. */
  #signCall(
    at: number,
    open: Extract<OpenPart, { type: 'toolCall' }>,
    signature: Signature,
  ): string {
    const { wireIndex: index, kind } = open
    const nothing =
      kind === 'function' ? { function: { arguments: '' } } : { custom: { input: '' } }
    const call = { index, ...nothing, extra_content: extraContent(wrapSignature(signature)) }
    return this.#chunks.frame(at, JSON.stringify({ tool_calls: [call] }))
  }

  #continueThought(
    at: number,
    open: Extract<OpenPart, { type: 'reasoning' }>,
    text: string,
    paragraph: number | undefined,
  ): string {
    const { part } = open
    if (paragraph === undefined) {
      part.text = (part.text ?? '') + text
      return this.#chunks.thought(at, text)
    }
    part.summary ??= []
    while (part.summary.length <= paragraph) part.summary.push('')
    part.summary[paragraph] += text
    const gap = paragraph > open.paragraph ? '\n\n' : ''
    open.paragraph = paragraph
    return this.#chunks.thought(at, gap + text)
  }

  /** What the plain text cannot say follows at the end, with the text once more: one whole piece. */
  #endThought(
    at: number,
    place: number,
    part: ReasoningPart,
    given: Signature | undefined,
  ): string {
    const proof = given ?? part.signature
    const signature = proof && wrapSignature(proof)
    const isEmpty = !part.text && !part.summary && part.redacted === undefined
    if (isPlain(part, signature) || (isEmpty && signature === undefined)) return ''
    return this.#chunks.details(at, writeDetails(part, place, signature))
  }
}
