import type { Part, ReasoningPart, Signature } from '@aigne-hub/protocol'
import type { EventFrames } from './event-frames.ts'
import { reasoningItem } from './items.ts'
import { sealThought } from './seal.ts'
import { itemId } from './surface-items.ts'

/** The frames of one thought: its summary, paragraph by paragraph, or its text. */
export class OpenThought {
  readonly kind = 'thought'
  readonly #frames: EventFrames
  readonly #readsSummaries: boolean
  readonly #first: ReasoningPart
  /** What is known of the thought so far, but for its summary. */
  readonly #part: ReasoningPart
  readonly #outputIndex: number
  readonly #about: string
  /** The paragraphs of the summary as it is shown. */
  readonly #paragraphs: string[] = []
  /** The text has come before any summary, to a caller who reads only that: it is the first paragraph. */
  #showsText = false
  /** The summary's paragraph that is open. */
  #paragraph = -1

  constructor(frames: EventFrames, part: ReasoningPart, readsSummaries: boolean) {
    this.#frames = frames
    this.#readsSummaries = readsSummaries
    this.#first = part
    this.#outputIndex = frames.open()
    const { text: _, summary: __, ...rest } = part
    this.#part = { id: itemId('rs', frames.base, this.#outputIndex), ...rest }
    this.#about = frames.about(this.#part.id ?? '', this.#outputIndex)
  }

  started(): string {
    const { text, summary } = this.#first
    const added = JSON.stringify({ id: this.#part.id, type: 'reasoning', summary: [] })
    let frames = this.#frames.added(this.#outputIndex, added)
    summary?.forEach((paragraph, index) => {
      frames += this.grow(paragraph, index)
    })
    if (text !== undefined) frames += this.grow(text, undefined)
    return frames
  }

  grow(text: string, summaryIndex: number | undefined): string {
    if (summaryIndex !== undefined) return this.#show(text, this.#placeOf(summaryIndex))
    this.#showsText ||= this.#readsSummaries && this.#paragraphs.length === 0
    if (!this.#showsText) return this.#think(text)
    this.#part.text = (this.#part.text ?? '') + text
    return this.#show(text, 0)
  }

  end(final: Part | undefined, signature: Signature | undefined): string {
    let frames = final?.type === 'reasoning' ? this.#complete(final) : ''
    const part = this.#part
    if (signature) part.signature = signature
    frames += this.#closeParagraph()
    if (part.text !== undefined && !this.#showsText) frames += this.#closeText(part.text)
    if (this.#showsText) delete part.text
    if (this.#paragraphs.length > 0) part.summary = this.#paragraphs
    const item = JSON.stringify(reasoningItem(part, sealThought(part, this.#showsText)))
    return frames + this.#frames.done(this.#outputIndex, item)
  }

  /** What only the final item says. */
  #complete({ text, summary, signature, redacted, native }: ReasoningPart): string {
    const part = this.#part
    let frames = ''
    summary?.forEach((paragraph, index) => {
      const told = this.#paragraphs[this.#placeOf(index)]
      const rest = paragraph.slice(told?.length ?? 0)
      if (told === undefined || rest !== '') frames += this.grow(rest, index)
    })
    const rest = text?.slice(part.text?.length ?? 0)
    if (rest || (rest === '' && part.text === undefined)) frames += this.grow(rest, undefined)
    Object.assign(part, signature && { signature }, native && { native })
    if (redacted !== undefined) part.redacted = redacted
    return frames
  }

  #placeOf(summaryIndex: number): number {
    return this.#showsText ? summaryIndex + 1 : summaryIndex
  }

  #think(text: string): string {
    const part = this.#part
    let opening = ''
    if (part.text === undefined) {
      part.text = ''
      const content = '{"type":"reasoning_text","text":""}'
      opening = this.#frame('response.content_part.added', `"content_index":0,"part":${content}`)
    }
    if (text === '') return opening
    part.text += text
    const delta = `"content_index":0,"delta":${JSON.stringify(text)}`
    return opening + this.#frame('response.reasoning_text.delta', delta)
  }

  #closeText(said: string): string {
    const text = JSON.stringify(said)
    const content = `{"type":"reasoning_text","text":${text}}`
    return (
      this.#frame('response.reasoning_text.done', `"content_index":0,"text":${text}`) +
      this.#frame('response.content_part.done', `"content_index":0,"part":${content}`)
    )
  }

  #show(text: string, place: number): string {
    const paragraphs = this.#paragraphs
    let frames = ''
    // Paragraphs follow one another, also those that stay empty.
    while (paragraphs.length <= place) {
      frames += this.#closeParagraph()
      this.#paragraph = paragraphs.push('') - 1
      frames += this.#frame(
        'response.reasoning_summary_part.added',
        `"summary_index":${this.#paragraph},"part":{"type":"summary_text","text":""}`,
      )
    }
    if (text === '') return frames
    paragraphs[place] += text
    const delta = `"summary_index":${place},"delta":${JSON.stringify(text)}`
    return frames + this.#frame('response.reasoning_summary_text.delta', delta)
  }

  #closeParagraph(): string {
    const index = this.#paragraph
    if (index < 0) return ''
    this.#paragraph = -1
    const text = JSON.stringify(this.#paragraphs[index] ?? '')
    const part = `{"type":"summary_text","text":${text}}`
    return (
      this.#frame(
        'response.reasoning_summary_text.done',
        `"summary_index":${index},"text":${text}`,
      ) +
      this.#frame('response.reasoning_summary_part.done', `"summary_index":${index},"part":${part}`)
    )
  }

  #frame(type: string, fields: string): string {
    return this.#frames.frame(type, `${this.#about},${fields}`)
  }
}
