// One candidate of an answer: its pieces in, events out.

import {
  type ChatEvent,
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
  type Signature,
} from '@aigne-hub/protocol'
import { readFinishReason } from './finish-reason.ts'
import { readLogprobs } from './logprobs.ts'
import { readPart } from './parts.ts'
import { addDetails, annotationsOf, byteLength } from './sources.ts'

/**
 * Text and thoughts grow until something else begins or a signature seals them; everything else comes in
 * one piece. The end waits for `finish`: a chunk may follow the one with the finish reason.
 */
export class CandidateReader {
  readonly #choice: number
  readonly #vendor: string
  readonly #callPrefix: string
  #nextIndex = 0
  #calls = 0
  #open: { type: 'text' | 'reasoning'; index: number; text: string } | undefined
  /** Text of the parts that have ended, of which positions in `details` count the bytes. */
  #textBefore = ''
  #finishReason: string | undefined
  #citations: Json | undefined
  details: JsonObject | undefined

  constructor(choice: number, answerId: string, vendor: string) {
    this.#choice = choice
    this.#vendor = vendor
    this.#callPrefix = `call_${`${answerId}${choice}`.replace(/[^a-zA-Z0-9]/g, '').slice(-24)}_`
  }

  get isFinished(): boolean {
    return this.#finishReason !== undefined
  }

  read(candidate: JsonObject, out: ChatEvent[]): void {
    const { content, finishReason, logprobsResult } = candidate
    this.details = addDetails(this.details, candidate)
    this.#citations = candidate.citationMetadata ?? this.#citations
    const parts = isJsonObject(content) && Array.isArray(content.parts) ? content.parts : []
    let odds = logprobsResult
    for (const part of parts) {
      if (!isJsonObject(part)) continue
      const { text, thought, thoughtSignature: raw } = part
      const isPlain = typeof text === 'string' && hasOnlyText(part)
      if (!isPlain) this.#other(part, out)
      else {
        const isThought = thought === true
        const signature = typeof raw === 'string' && raw !== '' ? this.#signed(raw) : undefined
        this.#say(
          isThought ? 'reasoning' : 'text',
          text,
          isThought ? undefined : odds,
          signature,
          out,
        )
        if (!isThought && text !== '') odds = undefined
      }
    }
    if (typeof finishReason === 'string' && !/^$|UNSPECIFIED$/.test(finishReason)) {
      this.#finishReason = finishReason
    }
  }

  /** @param blockReason why the prompt was refused: a candidate may then have no reason of its own. */
  finish(out: ChatEvent[], blockReason: string | undefined): void {
    this.#close(out)
    const raw = this.#finishReason ?? blockReason ?? ''
    const isBlocked = this.#finishReason === undefined && blockReason !== undefined
    const reason = isBlocked ? 'contentFilter' : readFinishReason(raw, this.#calls > 0)
    const details = this.details && { details: this.details }
    out.push({ type: 'finish', choice: this.#choice, reason, raw, ...details })
  }

  #signed(value: string): Signature {
    return { value, vendor: this.#vendor }
  }

  #say(
    type: 'text' | 'reasoning',
    text: string,
    odds: Json | undefined,
    signature: Signature | undefined,
    out: ChatEvent[],
  ): void {
    const choice = this.#choice
    if (text === '' && signature === undefined) return
    const logprobs = odds ? readLogprobs(odds) : undefined
    if (this.#open?.type === type) {
      const { index } = this.#open
      this.#open.text += text
      if (text !== '') {
        out.push({ type: 'partDelta', choice, index, text, ...(logprobs && { logprobs }) })
      }
    } else {
      this.#close(out)
      const index = this.#nextIndex++
      this.#open = { type, index, text }
      const part: Part =
        type === 'text'
          ? { type, text, ...(logprobs && { logprobs }) }
          : { type, ...(text !== '' && { text }) }
      out.push({ type: 'partStart', choice, index, part })
    }
    if (signature) this.#close(out, signature)
  }

  /** A part that comes in one piece; one that makes no sense is left out. */
  #other(fields: JsonObject, out: ChatEvent[]): void {
    const choice = this.#choice
    const part = readLoosely(fields, (value) => this.#signed(value))
    if (!part) return
    if (part.type === 'toolCall') {
      if (part.id === '') part.id = this.#callPrefix + this.#calls
      this.#calls++
    }
    this.#close(out)
    const index = this.#nextIndex++
    out.push({ type: 'partStart', choice, index, part }, { type: 'partEnd', choice, index })
  }

  #close(out: ChatEvent[], signature?: Signature): void {
    if (!this.#open) return
    const choice = this.#choice
    const { type, index, text } = this.#open
    this.#open = undefined
    if (type === 'text') {
      if (this.details ?? this.#citations) {
        const metadata = { ...this.details, citationMetadata: this.#citations }
        const before = byteLength(this.#textBefore)
        for (const annotation of annotationsOf(metadata, text, before)) {
          out.push({ type: 'partDelta', choice, index, annotation })
        }
      }
      this.#textBefore += text
    }
    out.push({ type: 'partEnd', choice, index, ...(signature && { signature }) })
  }
}

const plainKeys = new Set(['text', 'thought', 'thoughtSignature'])

function hasOnlyText(part: JsonObject): boolean {
  for (const key in part) if (!plainKeys.has(key)) return false
  return true
}

/** Reading requests is strict; what a provider gets wrong in a part costs that part alone. */
function readLoosely(
  fields: JsonObject,
  signatureOf: (raw: string) => Signature,
): Part | undefined {
  try {
    return readPart(fields, '', signatureOf)
  } catch (thrown) {
    if (thrown instanceof HubError) return undefined
    throw thrown
  }
}
