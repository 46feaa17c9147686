// A streamed answer going out: events to frames. Only server-sent events: the growing array that Google
// sends without `alt=sse` is not written.

import {
  type Annotation,
  type ChatEvent,
  type HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type ReasoningPart,
  type ReplyContext,
  type Signature,
  type StreamWriter,
  sseFrame,
  type TokenLogprob,
  type ToolCallPart,
  type Usage,
} from '@aigne-hub/protocol'
import { wrapSignature } from '../signature.ts'
import { errorFrame } from './errors.ts'
import { writeFinishReason } from './finish-reason.ts'
import { keptSignature } from './kept-signature.ts'
import { writeLogprobs } from './logprobs.ts'
import { thoughtText } from './parts.ts'
import { writeAnswerPart, writeHead } from './response.ts'
import { citationsOf, writeDetails } from './sources.ts'
import { blockReasonOf } from './stream-reader.ts'
import { writeUsage } from './usage.ts'

type Event<T extends ChatEvent['type']> = Extract<ChatEvent, { type: T }>

/** A part that has begun: what of it the caller has seen, and what only its end can tell. */
type OpenPart =
  | { type: 'text'; text: string; annotations: Annotation[]; signature: Signature | undefined }
  | { type: 'reasoning'; text: string; paragraph: number; part: ReasoningPart }
  | { type: 'whole'; part: ToolCallPart | MediaPart }
  | { type: 'written' }

interface OpenChoice {
  parts: OpenPart[]
  /** Text of the parts that have ended. */
  textBefore: string
  finish: Event<'finish'> | undefined
  isSilent: boolean
}

export function streamWriter(context: ReplyContext<'chat'>): StreamWriter {
  return new ContentStreamWriter(context)
}

class ContentStreamWriter implements StreamWriter {
  readonly #context: ReplyContext<'chat'>
  #head: Omit<Event<'start'>, 'type'> = { id: '', model: '', created: 0 }
  /** What every frame ends with. */
  #tail = ''
  #choices: OpenChoice[] = []
  #usage: Usage | undefined

  constructor(context: ReplyContext<'chat'>) {
    this.#context = context
    this.#start(this.#head)
  }

  push(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        this.#start(event)
        return ''
      case 'partStart':
        return this.#partStart(event)
      case 'partDelta':
        return this.#partDelta(event)
      case 'partEnd':
        return this.#partEnd(event)
      case 'finish':
        this.#choice(event.choice).finish = event
        return ''
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'keepAlive':
        return ''
      case 'error':
        throw new TypeError('An error ends a stream: call fail().')
    }
  }

  /** One frame with every finish reason and the usage. */
  end(): string {
    const usageMetadata = this.#usage && writeUsage(this.#usage)
    const head = writeHead(this.#head, this.#context)
    if (this.#choices.length === 0) this.#choice(0)
    const isBlocked = blockReasonOf(head) !== undefined && this.#choices.every(isSilent)
    const candidates = this.#choices.map(({ finish }, index) => ({
      content: { parts: [{ text: '' }], role: 'model' },
      finishReason: writeFinishReason(finish?.reason ?? 'stop', finish?.raw ?? ''),
      index,
      ...writeDetails(finish?.details),
    }))
    return sseFrame(JSON.stringify({ ...(!isBlocked && { candidates }), usageMetadata, ...head }))
  }

  fail(error: HubError): string {
    return errorFrame(error, this.#context.requestId)
  }

  #start({ id, model, created, native }: Omit<Event<'start'>, 'type'>): void {
    this.#head = { id, model, created, ...(native && { native }) }
    const fields = JSON.stringify(writeHead(this.#head, this.#context))
    this.#tail = `],${fields.slice(1)}\n\n`
  }

  #choice(index: number): OpenChoice {
    const known = this.#choices[index]
    if (known) return known
    for (let at = this.#choices.length; at <= index; at++) {
      this.#choices[at] = { parts: [], textBefore: '', finish: undefined, isSilent: true }
    }
    return this.#choices[index] as OpenChoice
  }

  /** A frame with one part; `part` and `besides` are JSON text. */
  #frame(choice: number, part: string, besides = ''): string {
    return `data: {"candidates":[{"content":{"parts":[${part}],"role":"model"},"index":${choice}${besides}}${this.#tail}`
  }

  #partStart({ choice: at, index, part }: Event<'partStart'>): string {
    const choice = this.#choice(at)
    choice.isSilent = false
    switch (part.type) {
      case 'text':
      case 'refusal': {
        const annotations = part.type === 'text' ? (part.annotations ?? []) : []
        const { text, signature, logprobs } = part
        choice.parts[index] = { type: 'text', text, annotations: [...annotations], signature }
        const native = part.native?.gemini
        return text === '' && !logprobs ? '' : this.#text(at, text, logprobs, native)
      }
      case 'reasoning': {
        const text = thoughtText(part)
        const paragraph = Math.max(0, (part.summary?.length ?? 0) - 1)
        choice.parts[index] = { type: 'reasoning', text, paragraph, part }
        return this.#thought(at, text)
      }
      case 'toolCall':
      case 'media':
        choice.parts[index] = { type: 'whole', part: { ...part } }
        return ''
      default: {
        choice.parts[index] = { type: 'written' }
        const wire = writeAnswerPart(part)
        return wire ? this.#frame(at, JSON.stringify(wire)) : ''
      }
    }
  }

  #partDelta(delta: Event<'partDelta'>): string {
    const { choice: at, index, text } = delta
    const open = this.#choice(at).parts[index]
    switch (open?.type) {
      case 'text':
        if (delta.annotation) open.annotations.push(delta.annotation)
        if (text === undefined) return ''
        open.text += text
        return text === '' && !delta.logprobs ? '' : this.#text(at, text, delta.logprobs)
      case 'reasoning': {
        if (text === undefined) return ''
        const { summaryIndex: paragraph = open.paragraph } = delta
        const gap = paragraph > open.paragraph && open.text !== '' ? '\n\n' : ''
        open.paragraph = paragraph
        open.text += gap + text
        return this.#thought(at, gap + text)
      }
      case 'whole': {
        const { part } = open
        if (part.type === 'toolCall') part.input += delta.input ?? ''
        else if (delta.data !== undefined) part.data = (part.data ?? '') + delta.data
        return ''
      }
      default:
        return ''
    }
  }

  #partEnd({ choice: at, index, signature: given, part }: Event<'partEnd'>): string {
    const choice = this.#choice(at)
    const open = choice.parts[index]
    const proof = given ?? part?.signature
    switch (open?.type) {
      case 'text': {
        // What only the final item says.
        const isText = part?.type === 'text' || part?.type === 'refusal'
        const rest = isText ? part.text.slice(open.text.length) : ''
        open.text += rest
        const said = rest === '' ? '' : this.#text(at, rest)
        const sources = part?.type === 'text' ? part.annotations : undefined
        const cited = this.#cite(at, choice, open.text, sources ?? open.annotations)
        choice.textBefore += open.text
        const signature = proof ?? open.signature
        return said + cited + this.#sign(at, false, signature && wrapSignature(signature))
      }
      case 'reasoning': {
        const final = part?.type === 'reasoning' ? part : undefined
        const whole = final ? thoughtText(final) : open.text
        const rest = this.#thought(at, whole.slice(open.text.length))
        const last = { ...open.part, ...final }
        return (
          rest + this.#sign(at, true, keptSignature(proof ? { ...last, signature: proof } : last))
        )
      }
      case 'whole': {
        const last = part?.type === 'toolCall' || part?.type === 'media' ? part : open.part
        const wire = writeAnswerPart(proof ? { ...last, signature: proof } : last)
        return wire ? this.#frame(at, JSON.stringify(wire)) : ''
      }
      default:
        return ''
    }
  }

  #text(at: number, text: string, logprobs?: readonly TokenLogprob[], native?: Json): string {
    const besides = logprobs ? `,"logprobsResult":${JSON.stringify(writeLogprobs(logprobs))}` : ''
    const part = isJsonObject(native)
      ? JSON.stringify({ ...native, text })
      : `{"text":${JSON.stringify(text)}}`
    return this.#frame(at, part, besides)
  }

  #thought(at: number, text: string): string {
    return text === '' ? '' : this.#frame(at, `{"text":${JSON.stringify(text)},"thought":true}`)
  }

  /** A signature comes when its part has been sent: on one without text, as Google does it. */
  #sign(at: number, isThought: boolean, thoughtSignature: string | undefined): string {
    if (thoughtSignature === undefined) return ''
    const wire: JsonObject = { text: '', ...(isThought && { thought: true }), thoughtSignature }
    return this.#frame(at, JSON.stringify(wire))
  }

  #cite(at: number, choice: OpenChoice, text: string, sources: readonly Annotation[]): string {
    const citations = sources.length > 0 ? citationsOf(sources, text, choice.textBefore) : []
    if (citations.length === 0) return ''
    return this.#frame(at, '{"text":""}', `,"citationMetadata":${JSON.stringify({ citations })}`)
  }
}

const isSilent = (choice: OpenChoice) => choice.isSilent
