import type { Annotation, JsonObject, Part, TokenLogprob } from '@aigne-hub/protocol'
import { writeLogprobs } from '../openai-chat/logprobs.ts'
import { writeAnnotations } from './annotations.ts'
import type { EventFrames } from './event-frames.ts'
import { contentItem, type SpokenPart } from './items.ts'
import { itemId } from './surface-items.ts'

/** The frames of one message item. It stays open for more content until something else begins. */
export class MessageFrames {
  readonly frames: EventFrames
  readonly id: string
  readonly outputIndex: number
  readonly #fields: JsonObject
  /** The finished pieces of content, as JSON text. */
  readonly #content: string[] = []
  #open = 0
  #isClosing = false

  constructor(frames: EventFrames, fields: JsonObject) {
    this.frames = frames
    this.outputIndex = frames.open()
    this.#fields = fields
    const { id } = fields
    this.id = typeof id === 'string' ? id : itemId('msg', frames.base, this.outputIndex)
  }

  added(): string {
    return this.frames.added(this.outputIndex, this.#item('in_progress', ''))
  }

  /** A new piece of content. */
  content(part: SpokenPart): OpenContent {
    this.#open++
    return new OpenContent(this, part, this.#content.push('{}') - 1)
  }

  contentDone(contentIndex: number, content: string): string {
    this.#content[contentIndex] = content
    this.#open--
    return this.#isClosing ? this.close() : ''
  }

  /** Nothing more joins this item; it is done once its content is. */
  close(status = 'completed'): string {
    this.#isClosing = true
    if (this.#open > 0) return ''
    return this.frames.done(this.outputIndex, this.#item(status, this.#content.join(',')))
  }

  #item(status: string, content: string): string {
    const head = { type: 'message', role: 'assistant', status, ...this.#fields, id: this.id }
    return `${JSON.stringify(head).slice(0, -1)},"content":[${content}]}`
  }
}

/** The frames of one text or refusal. */
export class OpenContent {
  readonly kind = 'content'
  readonly #message: MessageFrames
  readonly #first: SpokenPart
  readonly #part: SpokenPart
  readonly #contentIndex: number
  readonly #about: string
  readonly #isText: boolean

  constructor(message: MessageFrames, part: SpokenPart, contentIndex: number) {
    const { frames, id, outputIndex } = message
    this.#message = message
    this.#first = part
    this.#isText = part.type === 'text'
    const { type, native } = part
    this.#part = { type, text: '', ...(native && { native }) }
    this.#contentIndex = contentIndex
    this.#about = `${frames.about(id, outputIndex)},"content_index":${contentIndex}`
  }

  started(): string {
    const part = this.#isText
      ? '{"type":"output_text","text":"","annotations":[],"logprobs":[]}'
      : '{"type":"refusal","refusal":""}'
    const { text, logprobs } = this.#first
    const annotations = this.#first.type === 'text' ? (this.#first.annotations ?? []) : []
    let frames = this.#frame('response.content_part.added', `"part":${part}`)
    if (text !== '' || logprobs) frames += this.grow(text, logprobs, undefined)
    for (const annotation of annotations) frames += this.#annotate(annotation)
    return frames
  }

  grow(
    text: string,
    logprobs: readonly TokenLogprob[] | undefined,
    annotation: Annotation | undefined,
  ): string {
    const said = text === '' && !logprobs ? '' : this.#say(text, logprobs)
    return annotation ? said + this.#annotate(annotation) : said
  }

  /** @param final the part as its provider says it is in the end. */
  end(final: Part | undefined): string {
    const part = this.#part
    let frames = final?.type === part.type ? this.#complete(final) : ''
    const text = JSON.stringify(part.text)
    if (this.#isText) {
      const tokens = JSON.stringify(writeLogprobs(part.logprobs ?? []))
      frames += this.#frame('response.output_text.done', `"text":${text},"logprobs":${tokens}`)
    } else frames += this.#frame('response.refusal.done', `"refusal":${text}`)
    const content = JSON.stringify(contentItem(part))
    frames += this.#frame('response.content_part.done', `"part":${content}`)
    return frames + this.#message.contentDone(this.#contentIndex, content)
  }

  /** What only the final item says. */
  #complete(final: SpokenPart): string {
    const part = this.#part
    let frames = this.grow(final.text.slice(part.text.length), undefined, undefined)
    if (final.type === 'text' && part.type === 'text') {
      const told = part.annotations?.length ?? 0
      for (const annotation of final.annotations?.slice(told) ?? []) {
        frames += this.#annotate(annotation)
      }
    }
    if (final.logprobs) part.logprobs = final.logprobs
    if (final.native) part.native = final.native
    return frames
  }

  #say(text: string, logprobs: readonly TokenLogprob[] | undefined): string {
    const part = this.#part
    if (logprobs) {
      part.logprobs ??= []
      for (const token of logprobs) part.logprobs.push(token)
    }
    part.text += text
    const delta = `"delta":${JSON.stringify(text)}`
    if (!this.#isText) return this.#frame('response.refusal.delta', delta)
    const tokens = logprobs ? JSON.stringify(writeLogprobs(logprobs)) : '[]'
    return this.#frame('response.output_text.delta', `${delta},"logprobs":${tokens}`)
  }

  #annotate(annotation: Annotation): string {
    if (this.#part.type !== 'text') return ''
    const [written] = writeAnnotations([annotation])
    if (written === undefined) return ''
    this.#part.annotations ??= []
    const at = this.#part.annotations.push(annotation) - 1
    const fields = `"annotation_index":${at},"annotation":${JSON.stringify(written)}`
    return this.#frame('response.output_text.annotation.added', fields)
  }

  #frame(type: string, fields: string): string {
    return this.#message.frames.frame(type, `${this.#about},${fields}`)
  }
}
