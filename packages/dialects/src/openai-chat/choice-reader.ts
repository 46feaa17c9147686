// One answer of a stream: deltas in, events out.

import {
  type ChatEvent,
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
  type ReasoningPart,
  type Signature,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readAnnotations } from './annotations.ts'
import { readImages } from './answer-images.ts'
import { readFinishReason } from './finish-reason.ts'
import { readLogprobs } from './logprobs.ts'
import {
  addDetail,
  continuesDetail,
  isKnownDetail,
  newThought,
  paragraphOf,
  reasoningText,
  type SignatureOf,
} from './reasoning.ts'
import { readSpoken } from './spoken.ts'
import { ToolCallReader } from './tool-call-reader.ts'

/** The reasoning part that is open. */
interface OpenReasoning {
  index: number
  /** Text that came outside the details. */
  text: string
  /** What the details say so far. */
  details: ReasoningPart | undefined
  lastDetail: JsonObject | undefined
  signature: Signature | undefined
  /** Plain text that comes now belongs to the next part. */
  isSealed: boolean
}

/**
 * Text, refusals and reasoning end where something else begins; tool calls stay open to the end,
 * since the pieces of parallel calls may come in any order.
 */
export class ChoiceReader {
  readonly #choice: number
  readonly #vendor: string
  readonly #signatureOf: SignatureOf
  readonly #repeatsReasoning: boolean
  readonly #calls: ToolCallReader
  #nextIndex = 0
  #open: { type: 'text' | 'refusal'; index: number } | undefined
  #reasoning: OpenReasoning | undefined
  // Servers that send details as well as plain text say everything twice.
  #hasPlainReasoning = false
  #hasText = false
  /** The piece of reasoning before this one. */
  #lastThought = ''
  /** How many thoughts have begun. */
  #thoughts = 0
  isFinished = false

  constructor(choice: number, answerId: string, { provider, quirks }: WireTarget) {
    this.#choice = choice
    this.#vendor = provider
    this.#signatureOf = (value) => ({ value, vendor: provider })
    this.#repeatsReasoning = quirks.repeatsReasoning ?? false
    this.#calls = new ToolCallReader(choice, `${answerId}${choice}`, provider, (out) => {
      this.#close(out)
      return this.#begin()
    })
  }

  read(delta: JsonObject, logprobs: Json | undefined, out: ChatEvent[]): void {
    if (this.isFinished) return
    const { content, refusal, reasoning_details: details } = delta
    const thought = reasoningText(delta)
    const isRepeated = this.#repeatsReasoning && thought === this.#lastThought
    this.#lastThought = thought
    if (thought !== '' && !isRepeated) this.#think(thought, out)
    if (Array.isArray(details)) {
      for (const detail of details) if (isJsonObject(detail)) this.#detail(detail, out)
      // Fragments come beside their text; alone come the pieces that complete what was said.
      if (thought === '' && this.#reasoning) this.#reasoning.isSealed = true
    }
    const odds = isJsonObject(logprobs) ? logprobs : undefined
    if (typeof content === 'string') {
      if (content !== '') this.#say('text', content, odds?.content, out)
    } else if (Array.isArray(content)) this.#mixed(content, odds?.content, out)
    if (typeof refusal === 'string' && refusal !== '') {
      this.#say('refusal', refusal, odds?.refusal, out)
    }
    if (delta.annotations) this.#annotate(delta.annotations, out)
    if (delta.images) for (const image of readImages(delta.images)) this.#whole(image, out)
    this.#calls.read(delta, out)
  }

  /** @param raw the provider's word; empty when it gave none. */
  finish(raw: string, out: ChatEvent[]): void {
    if (this.isFinished) return
    this.isFinished = true
    this.#close(out)
    const hasToolCalls = this.#calls.finish(out)
    const reason = readFinishReason(raw, hasToolCalls)
    out.push({ type: 'finish', choice: this.#choice, reason, raw })
  }

  /** Pieces of several kinds in one delta. */
  #mixed(content: Json, tokens: Json | undefined, out: ChatEvent[]): void {
    for (const piece of readSpoken(content, this.#vendor)) {
      if (piece.type === 'text') this.#say('text', piece.text, tokens, out)
      else if (piece.type === 'media') this.#whole(piece, out)
      else {
        if (piece.text !== undefined) this.#think(piece.text, out)
        if (piece.signature) this.#signThought(piece.signature, out)
      }
    }
  }

  #begin(): number {
    return this.#nextIndex++
  }

  /** A part that comes in one piece. */
  #whole(part: Part, out: ChatEvent[]): void {
    this.#close(out)
    const index = this.#begin()
    const choice = this.#choice
    out.push({ type: 'partStart', choice, index, part }, { type: 'partEnd', choice, index })
  }

  #say(type: 'text' | 'refusal', text: string, tokens: Json | undefined, out: ChatEvent[]): void {
    const choice = this.#choice
    const logprobs = tokens ? readLogprobs(tokens) : undefined
    if (this.#open?.type === type) {
      const { index } = this.#open
      out.push({ type: 'partDelta', choice, index, text, ...(logprobs && { logprobs }) })
      return
    }
    this.#close(out)
    const index = this.#begin()
    this.#open = { type, index }
    this.#hasText ||= type === 'text'
    const part: Part = { type, text, ...(logprobs && { logprobs }) }
    out.push({ type: 'partStart', choice, index, part })
  }

  /** Sources may come before the text that leans on them. */
  #annotate(list: Json, out: ChatEvent[]): void {
    const annotations = readAnnotations(list)
    if (annotations.length === 0) return
    if (!this.#open && !this.#hasText) this.#say('text', '', undefined, out)
    if (this.#open?.type !== 'text') return
    const { index } = this.#open
    for (const annotation of annotations) {
      out.push({ type: 'partDelta', choice: this.#choice, index, annotation })
    }
  }

  #think(text: string, out: ChatEvent[]): void {
    this.#hasPlainReasoning = true
    const open = this.#reasoning
    if (open && !open.isSealed) {
      open.text += text
      out.push({ type: 'partDelta', choice: this.#choice, index: open.index, text })
    } else this.#openReasoning({ type: 'reasoning', text }, out).text = text
  }

  #signThought(signature: Signature, out: ChatEvent[]): void {
    const open = this.#reasoning ?? this.#openReasoning({ type: 'reasoning' }, out)
    open.signature = signature
    open.isSealed = true
  }

  #openReasoning(part: ReasoningPart, out: ChatEvent[]): OpenReasoning {
    this.#close(out)
    const index = this.#begin()
    this.#thoughts++
    out.push({ type: 'partStart', choice: this.#choice, index, part })
    this.#reasoning = {
      index,
      text: '',
      details: undefined,
      lastDetail: undefined,
      signature: undefined,
      isSealed: false,
    }
    return this.#reasoning
  }

  #detail(detail: JsonObject, out: ChatEvent[]): void {
    if (!isKnownDetail(detail)) {
      this.#whole({ type: 'native', dialect: 'openai-chat', value: detail }, out)
      return
    }
    let open = this.#reasoning
    if (!open || (open.lastDetail && !continuesDetail(open.lastDetail, detail))) {
      open = this.#openReasoning({ type: 'reasoning' }, out)
    }
    open.lastDetail = detail
    open.details ??= newThought(detail, this.#thoughts - 1)
    addDetail(open.details, detail, this.#signatureOf)
    if (open.details.signature) open.isSealed = true
    const { text, summary } = detail
    const piece = typeof text === 'string' ? text : summary
    if (this.#hasPlainReasoning || typeof piece !== 'string' || piece === '') return
    const paragraph = typeof text === 'string' ? {} : { summaryIndex: paragraphOf(detail) }
    const { index } = open
    out.push({ type: 'partDelta', choice: this.#choice, index, text: piece, ...paragraph })
  }

  #close(out: ChatEvent[]): void {
    const choice = this.#choice
    if (this.#open) {
      out.push({ type: 'partEnd', choice, index: this.#open.index })
      this.#open = undefined
    }
    const reasoning = this.#reasoning
    if (!reasoning) return
    this.#reasoning = undefined
    out.push({ type: 'partEnd', choice, index: reasoning.index, ...finalReasoning(reasoning) })
  }
}

/** What the details say goes; they may leave the text to the plain field. */
function finalReasoning({ text, details, signature }: OpenReasoning): {
  part?: ReasoningPart
  signature?: Signature
} {
  if (!details) return signature ? { signature } : {}
  const part = { ...details }
  if (!part.text && !part.summary && text !== '') part.text = text
  return { part, ...(part.signature && { signature: part.signature }) }
}
