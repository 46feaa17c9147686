// A streamed answer coming in: bytes to events.

import {
  type ChatEvent,
  fromBase64,
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
  type StreamReader,
  toBase64,
  type WireTarget,
} from '@aigne-hub/protocol'
import { jsonAnswerTool } from '../anthropic-messages/tool-call.ts'
import { incomplete, malformed, parseJson } from '../upstream-fault.ts'
import { readCitation } from './citations.ts'
import { frameError } from './errors.ts'
import { type EventFrame, type EventFrameHandler, EventFrameReader } from './event-stream.ts'
import { imagePart, isServerTool, redactedPart, startOf, stringOf } from './response.ts'
import { readFinish } from './stop-reason.ts'
import { readUsage } from './usage.ts'

/**
 * An answer is complete when `messageStop` has come; its end without that is an `error` event. `metadata`
 * with the usage follows. After an error, or after both, nothing more is read.
 */
export function streamReader(target: WireTarget): StreamReader {
  return new ConverseStreamReader(target)
}

/** A block that has begun. Those of the kinds `redacted` and `image` are told when they are whole. */
interface OpenBlock {
  index: number
  kind: 'text' | 'thought' | 'call' | 'answer' | 'redacted' | 'image'
  /** What has come of a signature. */
  signature: string
  hasInput: boolean
  /** Base64. */
  pieces: string[]
  format: Json | undefined
}

class ConverseStreamReader implements StreamReader, EventFrameHandler {
  readonly #target: WireTarget
  readonly #frames = new EventFrameReader(this)
  #events: ChatEvent[] = []
  readonly #open = new Map<Json | undefined, OpenBlock>()
  #nextIndex = 0
  #hasStarted = false
  #hasCalls = false
  #hasStopped = false
  #isOver = false

  constructor(target: WireTarget) {
    this.#target = target
  }

  push(bytes: Uint8Array): ChatEvent[] {
    if (!this.#isOver) this.#frames.push(bytes)
    return this.#take()
  }

  end(): ChatEvent[] {
    this.#fail(incomplete(this.#target))
    return this.#take()
  }

  onDamaged(): void {
    this.#fail(malformed(this.#target, 'with a frame that is damaged'))
  }

  onFrame({ headers, payload }: EventFrame): void {
    if (this.#isOver) return
    const kind = headers.get(':message-type')
    if (kind === 'error') {
      const message = headers.get(':error-message')
      const told = message === undefined ? {} : { message }
      this.#fail(frameError(headers.get(':error-code'), told, this.#target))
      return
    }
    const event = parseJson(payload)
    if (kind === 'exception') {
      this.#fail(frameError(headers.get(':exception-type'), event, this.#target))
    } else if (isJsonObject(event)) this.#event(headers.get(':event-type'), event)
    else this.#fail(malformed(this.#target, 'with an event that is no JSON object'))
  }

  #take(): ChatEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  /** After `messageStop` the answer is complete, whatever becomes of the usage. */
  #fail(error: HubError): void {
    if (this.#isOver) return
    this.#isOver = true
    if (!this.#hasStopped) this.#events.push({ type: 'error', error })
  }

  #event(type: string | undefined, event: JsonObject): void {
    if (this.#hasStopped && type !== 'metadata') return
    const { contentBlockIndex: at } = event
    switch (type) {
      case 'contentBlockDelta':
        if (isJsonObject(event.delta)) this.#delta(at, event.delta)
        return
      case 'contentBlockStart':
        this.#close(at)
        if (isJsonObject(event.start)) this.#blockStart(at, event.start)
        return
      case 'contentBlockStop':
        this.#close(at)
        return
      case 'messageStart':
        this.#start()
        return
      case 'messageStop':
        this.#stop(event)
        return
      case 'metadata':
        this.#metadata(event)
        return
      default:
      // Events that are newer than this code.
    }
  }

  #start(): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    this.#events.push(startOf(this.#target))
  }

  #blockStart(at: Json | undefined, { toolUse, image }: JsonObject): void {
    if (isJsonObject(image)) this.#begin(at, 'image', image.format)
    if (!isJsonObject(toolUse) || isServerTool(toolUse)) return
    const { toolUseId, name } = toolUse
    if (name === jsonAnswerTool) {
      this.#begin(at, 'answer')
      return
    }
    this.#hasCalls = true
    this.#begin(at, 'call', undefined, {
      type: 'toolCall',
      id: stringOf(toolUseId),
      name: stringOf(name),
      kind: 'function',
      input: '',
    })
  }

  /** Text and thoughts begin with their first delta: they have no start of their own. */
  #blockOf(at: Json | undefined, kind: OpenBlock['kind']): OpenBlock {
    const open = this.#open.get(at)
    return open?.kind === kind ? open : this.#begin(at, kind)
  }

  #begin(
    at: Json | undefined,
    kind: OpenBlock['kind'],
    format?: Json,
    part: Part = kind === 'thought' ? { type: 'reasoning' } : { type: 'text', text: '' },
  ): OpenBlock {
    this.#start()
    this.#close(at)
    const index = this.#nextIndex
    const open = { index, kind, signature: '', hasInput: false, pieces: [], format }
    this.#open.set(at, open)
    if (kind !== 'redacted' && kind !== 'image') {
      this.#nextIndex++
      this.#events.push({ type: 'partStart', choice: 0, index, part })
    }
    return open
  }

  #delta(at: Json | undefined, delta: JsonObject): void {
    const { text, toolUse, reasoningContent, citation, image } = delta
    if (typeof text === 'string') {
      if (text === '') return
      const { index } = this.#blockOf(at, 'text')
      this.#events.push({ type: 'partDelta', choice: 0, index, text })
    } else if (isJsonObject(toolUse)) this.#input(at, toolUse.input)
    else if (isJsonObject(reasoningContent)) this.#thought(at, reasoningContent)
    else if (isJsonObject(image)) this.#image(at, image.source)
    else if (citation !== undefined) this.#citation(at, citation)
  }

  #input(at: Json | undefined, input: Json | undefined): void {
    const open = this.#open.get(at)
    if (open === undefined || typeof input !== 'string' || input === '') return
    const { index, kind } = open
    if (kind === 'call') this.#events.push({ type: 'partDelta', choice: 0, index, input })
    else if (kind === 'answer') {
      this.#events.push({ type: 'partDelta', choice: 0, index, text: input })
    } else return
    open.hasInput = true
  }

  #thought(at: Json | undefined, { text, signature, redactedContent: piece }: JsonObject): void {
    if (typeof text === 'string' && text !== '') {
      const { index } = this.#blockOf(at, 'thought')
      this.#events.push({ type: 'partDelta', choice: 0, index, text })
    }
    if (typeof signature === 'string' && signature !== '') {
      this.#blockOf(at, 'thought').signature += signature
    }
    if (typeof piece === 'string') this.#blockOf(at, 'redacted').pieces.push(piece)
  }

  #image(at: Json | undefined, source: Json | undefined): void {
    const piece = isJsonObject(source) ? source.bytes : undefined
    const open = this.#open.get(at)
    if (open?.kind === 'image' && typeof piece === 'string') open.pieces.push(piece)
  }

  #citation(at: Json | undefined, citation: Json): void {
    const open = this.#open.get(at)
    const annotation = readCitation(citation)
    if (open?.kind !== 'text' || annotation === undefined) return
    this.#events.push({ type: 'partDelta', choice: 0, index: open.index, annotation })
  }

  #close(at: Json | undefined): void {
    const open = this.#open.get(at)
    if (open === undefined) return
    // A tool without arguments streams none.
    if (!open.hasInput && (open.kind === 'call' || open.kind === 'answer')) this.#input(at, '{}')
    this.#open.delete(at)
    const { index, kind, signature: value, pieces, format } = open
    const { provider: vendor } = this.#target
    if (kind === 'redacted') this.#whole(redactedPart(joined(pieces), vendor))
    else if (kind === 'image') {
      if (pieces.length > 0) this.#whole(imagePart(joined(pieces), format))
    } else if (value === '') this.#events.push({ type: 'partEnd', choice: 0, index })
    else this.#events.push({ type: 'partEnd', choice: 0, index, signature: { value, vendor } })
  }

  #whole(part: Part): void {
    const index = this.#nextIndex++
    this.#events.push(
      { type: 'partStart', choice: 0, index, part },
      { type: 'partEnd', choice: 0, index },
    )
  }

  #stop(event: JsonObject): void {
    this.#start()
    for (const at of this.#open.keys()) this.#close(at)
    try {
      const finish = readFinish(event, this.#hasCalls, this.#target)
      this.#hasStopped = true
      this.#events.push({ type: 'finish', choice: 0, ...finish })
    } catch (thrown) {
      if (!(thrown instanceof HubError)) throw thrown
      this.#fail(thrown)
    }
  }

  #metadata({ usage, serviceTier }: JsonObject): void {
    if (isJsonObject(usage)) {
      this.#start()
      this.#events.push({ type: 'usage', usage: readUsage(usage, serviceTier) })
    }
    if (this.#hasStopped) this.#isOver = true
  }
}

/** Pieces of one file: each is base64 by itself. */
function joined(pieces: readonly string[]): string {
  const [only = ''] = pieces
  if (pieces.length < 2) return only
  const all = pieces.map((piece) => fromBase64(piece) ?? new Uint8Array(0))
  const bytes = new Uint8Array(all.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of all) {
    bytes.set(piece, at)
    at += piece.length
  }
  return toBase64(bytes)
}
