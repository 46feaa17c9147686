// A streamed answer going out: events to frames. Blocks never interleave on this wire: what belongs to
// a later part waits until the part before it has ended.

import {
  type Annotation,
  type ChatEvent,
  type ChatResponse,
  type HubError,
  type JsonObject,
  type Part,
  type ReasoningPart,
  type ReplyContext,
  type StreamWriter,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'
import { BlockFrames, frame } from './block-frames.ts'
import { writeCitation } from './citations.ts'
import { errorFrame } from './errors.ts'
import { writeBareBlock, writeBlock, writeMessage } from './response.ts'
import { type Finish, writeFinish } from './stop-reason.ts'
import {
  isRedacted,
  keptSignature,
  writeCallSignature,
  writeLateCallSignature,
} from './thoughts.ts'
import { shownInput } from './tool-call.ts'
import { writeUsage } from './usage.ts'

type Event<T extends ChatEvent['type']> = Extract<ChatEvent, { type: T }>
type PartEvent = Event<'partStart' | 'partDelta' | 'partEnd'>

const ping = 'event: ping\ndata: {"type":"ping"}\n\n'
const messageStop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'

/** The part whose block is open, or will be once there is something to say. */
interface OpenPart {
  index: number
  part: Part
  /** Its block has begun. */
  isShown: boolean
  /** UTF-16 units of it that have gone out. */
  sent: number
  /** The paragraph of a summary that came last. */
  paragraph: number
}

export function streamWriter(context: ReplyContext<'chat'>): StreamWriter {
  return new MessageStreamWriter(context)
}

class MessageStreamWriter implements StreamWriter {
  readonly #context: ReplyContext<'chat'>
  #start: Pick<ChatResponse, 'id' | 'model' | 'native'> = { id: '', model: '' }
  #hasStarted = false
  #usage: Usage | undefined
  #finish: Finish | undefined
  #isRefused = false
  readonly #frames = new BlockFrames()
  #open: OpenPart | undefined
  /** Events of parts that began while another was open, part by part. */
  readonly #waiting = new Map<number, PartEvent[]>()

  constructor(context: ReplyContext<'chat'>) {
    this.#context = context
  }

  push(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        this.#start = event
        return ''
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'keepAlive':
        return ping
      case 'finish':
        if (event.choice === 0) this.#finish ??= event
        return ''
      case 'error':
        throw new TypeError('An error ends a stream: call fail().')
      default:
        return event.choice === 0 ? this.#opening() + this.#part(event) : ''
    }
  }

  end(): string {
    let rest = this.#opening()
    // Every part ends before its answer does; this is for answers that do not say so.
    while (this.#open) rest += this.#end({ type: 'partEnd', choice: 0, index: this.#open.index })
    const delta = { ...writeFinish(this.#finish, this.#isRefused) }
    const usage = writeUsage(this.#usage ?? usageOf())
    return rest + frame('message_delta', { delta, usage }) + messageStop
  }

  fail(error: HubError): string {
    return errorFrame(error, this.#context.requestId)
  }

  /** The frame that opens the message. It waits for the first part, since usage may come before that. */
  #opening(): string {
    if (this.#hasStarted) return ''
    this.#hasStarted = true
    const message = {
      ...writeMessage(this.#start, this.#context, []),
      stop_reason: null,
      stop_sequence: null,
      usage: writeUsage(this.#usage ?? usageOf()),
    }
    return frame('message_start', { message })
  }

  #part(event: PartEvent): string {
    if (event.type === 'partStart' && !this.#open) return this.#begin(event)
    if (event.index !== this.#open?.index) {
      const events = this.#waiting.get(event.index)
      if (events) events.push(event)
      else if (event.type === 'partStart') this.#waiting.set(event.index, [event])
      return ''
    }
    if (event.type === 'partDelta') return this.#grow(this.#open, event)
    return event.type === 'partEnd' ? this.#end(event) : ''
  }

  #begin({ index, part }: Event<'partStart'>): string {
    const open: OpenPart = { index, part, isShown: false, sent: 0, paragraph: 0 }
    this.#open = open
    switch (part.type) {
      case 'text':
      case 'refusal': {
        this.#isRefused ||= part.type === 'refusal'
        const annotations = part.type === 'text' ? (part.annotations ?? []) : []
        return this.#say(open, part.text) + annotations.map((one) => this.#cite(open, one)).join('')
      }
      case 'reasoning':
        // What grows here must not grow in the event.
        open.part = { ...part, ...(part.summary && { summary: [...part.summary] }) }
        open.paragraph = Math.max(0, (part.summary?.length ?? 0) - 1)
        return this.#think(open, part.text || (part.summary?.join('\n\n') ?? ''))
      case 'toolCall': {
        if (part.kind === 'custom') {
          open.part = { ...part }
          return ''
        }
        const proof = part.signature ? this.#frames.whole(writeCallSignature(part.signature)) : ''
        return proof + this.#show(open) + this.#call(open, part.input)
      }
      default:
        return ''
    }
  }

  #grow(open: OpenPart, { text, input, annotation, summaryIndex }: Event<'partDelta'>): string {
    const { part } = open
    switch (part.type) {
      case 'text':
      case 'refusal': {
        const said = text ? this.#say(open, text) : ''
        return annotation ? said + this.#cite(open, annotation) : said
      }
      case 'reasoning':
        return text ? this.#continueThought(open, part, text, summaryIndex) : ''
      case 'toolCall':
        if (!input) return ''
        if (part.kind === 'function') return this.#call(open, input)
        part.input += input
        return ''
      default:
        return ''
    }
  }

  /** The end of the open part, and what has waited for it. */
  #end({ signature, part: final }: Event<'partEnd'>): string {
    const open = this.#open as OpenPart
    let out = this.#complete(open, final?.type === open.part.type ? final : undefined, signature)
    if (open.isShown) {
      out += this.#frames.stop()
    }
    // A call is signed before it begins; a signature that comes later stands behind it.
    const { part } = open
    const late = signature ?? final?.signature
    if (part.type === 'toolCall' && late && part.signature === undefined) {
      out += this.#frames.whole(writeLateCallSignature(late, part.id))
    }
    this.#open = undefined
    return out + this.#next()
  }

  /** What only the end of a part can tell. */
  #complete(open: OpenPart, final: Part | undefined, signature: Part['signature']): string {
    const part = final ?? open.part
    switch (part.type) {
      case 'text':
      case 'refusal':
        return final ? this.#say(open, part.text.slice(open.sent)) : ''
      case 'reasoning': {
        const proof = signature ?? part.signature
        return this.#endThought(open, proof ? { ...part, signature: proof } : part)
      }
      case 'toolCall': {
        if (part.kind === 'function')
          return final ? this.#call(open, part.input.slice(open.sent)) : ''
        return this.#show(open) + this.#call(open, JSON.stringify(shownInput(part)))
      }
      default: {
        const block = writeBlock(part)
        return block ? this.#frames.whole(block) : ''
      }
    }
  }

  /** Parts that have waited, up to one that has not ended. */
  #next(): string {
    const first = this.#waiting.entries().next()
    if (first.done) return ''
    const [index, events] = first.value
    this.#waiting.delete(index)
    return events.map((event) => this.#part(event)).join('')
  }

  #show(open: OpenPart): string {
    if (open.isShown) return ''
    open.isShown = true
    const { part } = open
    const block =
      part.type === 'reasoning'
        ? { ...bareThought(part), type: 'thinking', thinking: '', signature: '' }
        : writeBareBlock(part)
    return this.#frames.start(block)
  }

  #say(open: OpenPart, text: string): string {
    if (text === '') return ''
    open.sent += text.length
    const piece = this.#frames.text(text)
    return open.isShown ? piece : this.#show(open) + piece
  }

  #cite(open: OpenPart, annotation: Annotation): string {
    const citation = writeCitation(annotation)
    if (!citation) return ''
    return this.#show(open) + this.#frames.citation(citation)
  }

  #call(open: OpenPart, input: string): string {
    if (input === '') return ''
    open.sent += input.length
    return this.#frames.input(input)
  }

  #think(open: OpenPart, text: string): string {
    if (text === '') return ''
    open.sent += text.length
    const piece = this.#frames.thinking(text)
    return open.isShown ? piece : this.#show(open) + piece
  }

  #continueThought(
    open: OpenPart,
    part: ReasoningPart,
    text: string,
    paragraph: number | undefined,
  ): string {
    if (paragraph === undefined) {
      part.text = (part.text ?? '') + text
      return this.#think(open, text)
    }
    part.summary ??= []
    while (part.summary.length <= paragraph) part.summary.push('')
    part.summary[paragraph] += text
    const gap = open.sent > 0 && paragraph > open.paragraph ? '\n\n' : ''
    open.paragraph = paragraph
    return this.#think(open, gap + text)
  }

  #endThought(open: OpenPart, part: ReasoningPart): string {
    if (!open.isShown && isRedacted(part)) {
      const block = writeBlock(part)
      return block ? this.#frames.whole(block) : ''
    }
    const shown = part.text || (part.summary?.join('\n\n') ?? '')
    const rest = open.sent === 0 ? this.#think(open, shown) : ''
    const signature = keptSignature(part)
    if (signature === '') return rest
    return rest + this.#show(open) + this.#frames.signature(signature)
  }
}

function bareThought({ native }: ReasoningPart): JsonObject {
  return (native?.['anthropic-messages'] ?? {}) as JsonObject
}
