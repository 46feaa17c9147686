// A streamed answer going out: events to frames.

import type { ChatEvent, Part, ReplyContext, StreamWriter, Usage } from '@aigne-hub/protocol'
import { usageOf } from '@aigne-hub/protocol'
import { OpenCall } from './call-frames.ts'
import { errorEvent } from './errors.ts'
import { EventFrames } from './event-frames.ts'
import { isSpoken } from './items.ts'
import { MessageFrames, type OpenContent } from './message-frames.ts'
import { itemFields } from './own-fields.ts'
import { OpenThought } from './reasoning-frames.ts'
import {
  type Ending,
  endingOf,
  idBase,
  lastStatus,
  responseFields,
  responseText,
} from './response-object.ts'
import { announcedItem, readsSummaries, writeWholeItem } from './surface-items.ts'

type Event<T extends ChatEvent['type']> = Extract<ChatEvent, { type: T }>

/** A part that comes in one piece, or is none of ours. */
interface WholePart {
  kind: 'whole'
  part: Part
  outputIndex: number
}

type OpenPart = OpenContent | OpenCall | OpenThought | WholePart

/** Of several answers only the first is written: this wire has no others. */
export function streamWriter(context: ReplyContext<'chat'>): StreamWriter {
  return new ResponsesStreamWriter(context)
}

class ResponsesStreamWriter implements StreamWriter {
  readonly #context: ReplyContext<'chat'>
  readonly #frames: EventFrames
  readonly #readsSummaries: boolean
  readonly #parts: (OpenPart | undefined)[] = []
  /** The message item that the next text may continue. */
  #message: MessageFrames | undefined
  /** The call that has ended last, if nothing has come since. */
  #call: OpenCall | undefined
  #fields: string | undefined
  #tier: string | undefined
  #ending: Ending | undefined
  #usage: Usage | undefined

  constructor(context: ReplyContext<'chat'>) {
    this.#context = context
    this.#frames = new EventFrames(idBase(context))
    this.#readsSummaries = readsSummaries(context.request)
  }

  push(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        return this.#start(event)
      case 'partStart':
        return event.choice === 0 ? this.#begin() + this.#partStart(event) : ''
      case 'partDelta':
        return event.choice === 0 ? this.#partDelta(event) : ''
      case 'partEnd':
        return event.choice === 0 ? this.#partEnd(event) : ''
      case 'finish':
        return event.choice === 0 ? this.#begin() + this.#finish(event) : ''
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'keepAlive':
        return ''
      case 'error':
        throw new TypeError('An error ends a stream: call fail().')
    }
  }

  /** One frame, with the whole answer once more. */
  end(): string {
    const opening = this.#begin() + this.#closeAll()
    const ending = this.#ending ?? endingOf(undefined)
    const response = this.#response(ending, this.#usage ?? usageOf())
    return opening + this.#frames.frame(`response.${ending.status}`, `"response":${response}`)
  }

  fail(error: Parameters<StreamWriter['fail']>[0]): string {
    return errorEvent(error, this.#frames.next)
  }

  #start(start: Event<'start'>): string {
    if (this.#fields !== undefined) return ''
    this.#fields = JSON.stringify(responseFields(this.#context, start))
    this.#tier = start.serviceTier ?? this.#context.request.serviceTier
    const response = `"response":${this.#response()}`
    return (
      this.#frames.frame('response.created', response) +
      this.#frames.frame('response.in_progress', response)
    )
  }

  /** An answer may begin without an announcement. */
  #begin(): string {
    if (this.#fields !== undefined) return ''
    return this.#start({ type: 'start', id: '', model: '', created: 0 })
  }

  #response(ending?: Ending, usage?: Usage): string {
    const { output } = this.#frames
    return responseText(this.#fields ?? '{}', ending ? output : [], this.#tier, ending, usage)
  }

  #partStart({ index, part }: Event<'partStart'>): string {
    const before = this.#closeCall()
    if (isSpoken(part)) {
      let opening = before
      if (this.#message === undefined || itemFields(part) !== undefined) {
        opening += this.#closeMessage()
        this.#message = new MessageFrames(this.#frames, itemFields(part) ?? {})
        opening += this.#message.added()
      }
      const content = this.#message.content(part)
      this.#parts[index] = content
      return opening + content.started()
    }
    const closing = before + this.#closeMessage()
    if (part.type === 'toolCall') {
      const call = new OpenCall(this.#frames, part)
      this.#parts[index] = call
      return closing + call.started()
    }
    if (part.type === 'reasoning') {
      const thought = new OpenThought(this.#frames, part, this.#readsSummaries)
      this.#parts[index] = thought
      return closing + thought.started()
    }
    return closing + this.#wholeStart(index, part)
  }

  #wholeStart(index: number, part: Exclude<Part, { type: 'text' | 'refusal' }>): string {
    const frames = this.#frames
    const item = writeWholeItem(part, frames.base, frames.output.length)
    // Media may have no data yet.
    const outputIndex = item === undefined ? -1 : frames.open()
    this.#parts[index] = { kind: 'whole', part: { ...part }, outputIndex }
    return item === undefined ? '' : frames.added(outputIndex, JSON.stringify(announcedItem(item)))
  }

  #partDelta(delta: Event<'partDelta'>): string {
    const open = this.#parts[delta.index]
    switch (open?.kind) {
      case 'content':
        return open.grow(delta.text ?? '', delta.logprobs, delta.annotation)
      case 'call':
        return delta.input ? open.grow(delta.input) : ''
      case 'thought':
        return delta.text === undefined ? '' : open.grow(delta.text, delta.summaryIndex)
      case 'whole':
        if (open.part.type === 'media' && delta.data !== undefined) {
          open.part.data = (open.part.data ?? '') + delta.data
        }
        return ''
      default:
        return ''
    }
  }

  #partEnd({ index, signature, part }: Pick<Event<'partEnd'>, 'index' | 'signature' | 'part'>) {
    const open = this.#parts[index]
    this.#parts[index] = undefined
    switch (open?.kind) {
      case 'content':
        return open.end(part)
      case 'call': {
        const before = this.#closeCall()
        this.#call = open
        return before + open.end(part, signature)
      }
      case 'thought':
        return open.end(part, signature)
      case 'whole':
        return this.#wholeEnd(open, part ?? open.part)
      default:
        return ''
    }
  }

  #wholeEnd(open: WholePart, part: Part): string {
    if (isSpoken(part)) return ''
    const frames = this.#frames
    const isNew = open.outputIndex < 0
    const at = isNew ? frames.output.length : open.outputIndex
    const item = writeWholeItem(part, frames.base, at)
    if (item === undefined) return ''
    const text = JSON.stringify(item)
    if (!isNew) return frames.done(at, text)
    const outputIndex = frames.open()
    const announced = JSON.stringify(announcedItem(item))
    return frames.added(outputIndex, announced) + frames.done(outputIndex, text)
  }

  #finish({ reason }: Event<'finish'>): string {
    this.#ending ??= endingOf(reason)
    return this.#closeAll()
  }

  #closeCall(ending?: Ending): string {
    const closing = this.#call?.close(ending) ?? ''
    this.#call = undefined
    return closing
  }

  #closeMessage(status?: Ending['status']): string {
    const closing = this.#message?.close(status) ?? ''
    this.#message = undefined
    return closing
  }

  #closeAll(): string {
    let closing = ''
    for (let index = 0; index < this.#parts.length; index++) closing += this.#partEnd({ index })
    closing += this.#closeCall(this.#ending)
    return closing + this.#closeMessage(this.#ending && lastStatus(this.#ending))
  }
}
