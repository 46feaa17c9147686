// Watches streams of audio and transcripts go by: events that end with one of the type `….done`, and bytes.

import {
  type HubError,
  isJsonObject,
  type JsonObject,
  type RelayScanner,
  type Usage,
  type WireTarget,
} from '@aigne-hub/protocol'
import { FrameScanner, joined, nothing } from '../frame-scanner.ts'
import { openAiErrorFrame, readFault } from '../openai-errors.ts'
import type { SseFrame } from '../sse-frame.ts'
import { faultError, malformed, parseJson } from '../upstream-fault.ts'

const openBrace = 0x7b
const maxErrorBytes = 64 * 1024
const done = '[DONE]'

/**
 * The last event of its kind, errors, named events, and frames that end like no JSON object. Inside a
 * JSON string the quotes of such a type would have backslashes.
 */
const mayMatter =
  /"type"\s*:\s*"(?:[a-z._]+\.done|error)"|"error"(?!\s*:\s*null)|\[DONE\]|(?:^|[\r\n])event:\s*error|[^}\r\n][\r\n]{2}/

export interface EventEnd {
  /** The type of the event that ends the stream. */
  terminal: string
  /** What that event, or a stream that ends without one, says of usage. */
  usageIn(event: JsonObject): Usage
}

/** Some servers end with `[DONE]`, with or without the event that should end the stream before it. */
export class MediaEventScanner extends FrameScanner {
  readonly #end: EventEnd
  readonly #requestId: string | undefined
  usage: Usage | undefined

  constructor(target: WireTarget, end: EventEnd, requestId: string | undefined) {
    super(target, mayMatter)
    this.#end = end
    this.#requestId = requestId
  }

  fail(error: HubError): string {
    return openAiErrorFrame(error, this.#requestId)
  }

  protected override keeps(frame: SseFrame, bytes: Uint8Array): boolean {
    if (frame.data?.trimEnd() !== done) return super.keeps(frame, bytes)
    this.usage ??= this.#end.usageIn({})
    this.withhold(bytes)
    return false
  }

  protected override isWhole(text: string): boolean {
    return text.trimEnd() === done || super.isWhole(text)
  }

  protected keepsEvent(event: JsonObject, { event: name }: SseFrame, bytes: Uint8Array): boolean {
    const { error } = event
    const type = typeof event.type === 'string' ? event.type : name
    if (type === 'error' || isJsonObject(error) || typeof error === 'string') {
      this.error = faultError(readFault(event) ?? {}, this.target)
      return false
    }
    this.committed = true
    if (type !== this.#end.terminal) return true
    this.usage = this.#end.usageIn(event)
    this.withhold(bytes)
    return false
  }

  protected strayJson(value: JsonObject): HubError {
    return bodyError(value, this.target) ?? malformed(this.target, 'that is no stream')
  }
}

/**
 * Passes on every piece but the last, which waits for `end`. A body that opens like JSON is kept back: it
 * is an error that came as a 200, unless it turns out to be bytes after all.
 */
export class ByteScanner implements RelayScanner {
  readonly #target: WireTarget
  readonly #usage: Usage
  #held = nothing
  #isDoubtful = false
  committed = false
  error: HubError | undefined

  /** @param usage what the call consumed, once bytes have come. */
  constructor(target: WireTarget, usage: Usage) {
    this.#target = target
    this.#usage = usage
  }

  get usage(): Usage | undefined {
    return this.committed ? this.#usage : undefined
  }

  push(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return nothing
    if (this.#held.length === 0 && !this.committed) this.#isDoubtful = bytes[0] === openBrace
    if (this.#isDoubtful) {
      this.#held = joined([this.#held, bytes])
      this.#isDoubtful = this.#held.length <= maxErrorBytes
      return nothing
    }
    this.committed = true
    const piece = this.#held
    this.#held = bytes
    return piece
  }

  end(): Uint8Array {
    this.error = this.#held.length === 0 ? withoutBytes(this.#target) : this.#errorInside()
    if (this.error) return nothing
    this.committed = true
    return this.#held
  }

  /** Bytes have no words for it. */
  fail(): undefined {
    return undefined
  }

  #errorInside(): HubError | undefined {
    return this.#isDoubtful ? errorInBody(this.#held, this.#target) : undefined
  }
}

function withoutBytes(target: WireTarget): HubError {
  return malformed(target, 'without a single byte')
}

/** The error in the body of a 200 that should be audio or text; undefined when it is none. */
export function errorInBody(body: Uint8Array, target: WireTarget): HubError | undefined {
  if (body.length === 0) return withoutBytes(target)
  if (body[0] !== openBrace) return undefined
  const value = parseJson(body)
  return isJsonObject(value) ? bodyError(value, target) : undefined
}

function bodyError(value: JsonObject, target: WireTarget): HubError | undefined {
  const { error } = value
  if (!isJsonObject(error) && typeof error !== 'string') return undefined
  return faultError(readFault(value) ?? {}, target)
}
