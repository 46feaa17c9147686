// A streamed chat answer going out. `delta.text` is appended by the client, `delta.json` replaces.

import {
  type ChatEvent,
  type ChatRequest,
  type HubError,
  type JsonObject,
  type Part,
  type ReplyContext,
  type StreamWriter,
  sseFrame,
  type ToolCallPart,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'
import { errorFields } from './errors.ts'
import { structured, writeFile, writeToolCall, writeUsage } from './response.ts'

type Event<T extends ChatEvent['type']> = Extract<ChatEvent, { type: T }>

const text = (piece: string) => `data: {"delta":{"text":{"text":${JSON.stringify(piece)}}}}\n\n`
const thoughts = (piece: string) =>
  `data: {"delta":{"text":{"thoughts":${JSON.stringify(piece)}}}}\n\n`
const replace = (fields: JsonObject) => sseFrame(JSON.stringify({ delta: { json: fields } }))

export function streamWriter(context: ReplyContext<'chat'>): StreamWriter {
  return new AigneStreamWriter(context)
}

/** Only the first answer has a place here; tool calls and files go whole, the list of them each time. */
class AigneStreamWriter implements StreamWriter {
  readonly #request: ChatRequest
  readonly #requestId: string
  /** The whole text is one JSON object, told when it is complete. */
  readonly #isStructured: boolean
  #parts: (Part | undefined)[] = []
  #calls: JsonObject[] = []
  #files: JsonObject[] = []
  #held = ''
  #paragraph = 0
  #hasStarted = false
  #usage: Usage | undefined

  constructor({ request, requestId }: ReplyContext<'chat'>) {
    this.#request = request
    this.#requestId = requestId
    this.#isStructured = request.responseFormat?.type === 'jsonSchema'
  }

  push(event: ChatEvent): string {
    if ('choice' in event && event.choice !== 0) return ''
    switch (event.type) {
      case 'partStart':
        return this.#opening() + this.#partStart(event)
      case 'partDelta':
        return this.#partDelta(event)
      case 'partEnd':
        return this.#partEnd(event)
      case 'finish':
        return this.#opening() + this.#finish()
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'start':
      case 'keepAlive':
        return ''
      case 'error':
        throw new TypeError('An error ends a stream: call fail().')
    }
  }

  /** No `[DONE]`: the clients would parse it. */
  end(): string {
    return replace({ usage: writeUsage(this.#usage ?? usageOf()) })
  }

  fail(error: HubError): string {
    return sseFrame(JSON.stringify(errorFields(error, this.#requestId)), 'error')
  }

  #opening(): string {
    if (this.#hasStarted) return ''
    this.#hasStarted = true
    return replace({ model: this.#request.model })
  }

  #partStart({ index, part }: Event<'partStart'>): string {
    this.#parts[index] = { ...part }
    switch (part.type) {
      case 'text':
      case 'refusal':
        return this.#say(part.text)
      case 'reasoning': {
        this.#paragraph = Math.max(0, (part.summary?.length ?? 0) - 1)
        const said = part.text ?? part.summary?.join('\n\n') ?? ''
        return said === '' ? '' : thoughts(said)
      }
      default:
        return ''
    }
  }

  #partDelta(delta: Event<'partDelta'>): string {
    const part = this.#parts[delta.index]
    switch (part?.type) {
      case 'text':
      case 'refusal':
        part.text += delta.text ?? ''
        return this.#say(delta.text ?? '')
      case 'reasoning': {
        if (!delta.text) return ''
        const { summaryIndex = 0 } = delta
        const gap = summaryIndex > this.#paragraph ? '\n\n' : ''
        this.#paragraph = summaryIndex
        return thoughts(gap + delta.text)
      }
      case 'toolCall':
        part.input += delta.input ?? ''
        return ''
      case 'media':
        part.data = (part.data ?? '') + (delta.data ?? '')
        return ''
      default:
        return ''
    }
  }

  #partEnd({ index, part: whole }: Event<'partEnd'>): string {
    const open = this.#parts[index]
    const part = whole ?? open
    if (part?.type === 'toolCall') return this.#callEnd(part)
    if ((part?.type === 'text' || part?.type === 'refusal') && open?.type === part.type) {
      // What only the final item says.
      return this.#say(part.text.slice(open.text.length))
    }
    const file = part && writeFile(part)
    if (!file) return ''
    this.#files.push(file)
    return replace({ files: this.#files })
  }

  #callEnd(call: ToolCallPart): string {
    this.#calls.push(writeToolCall(call))
    return replace({ toolCalls: this.#calls })
  }

  #say(piece: string): string {
    if (piece === '') return ''
    if (!this.#isStructured) return text(piece)
    this.#held += piece
    return ''
  }

  #finish(): string {
    const held = this.#held
    this.#held = ''
    if (held === '') return ''
    const json = this.#calls.length === 0 ? structured(this.#request, held) : undefined
    return json ? replace({ json }) : text(held)
  }
}
