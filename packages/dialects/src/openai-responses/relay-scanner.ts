// Watches a stream that is passed on byte for byte.

import {
  type ChatRequest,
  type HubError,
  isJsonObject,
  type JsonObject,
  type Usage,
  type WireTarget,
} from '@aigne-hub/protocol'
import { FrameScanner, nothing } from '../frame-scanner.ts'
import type { SseFrame } from '../sse-frame.ts'
import { malformed } from '../upstream-fault.ts'
import { errorEvent, eventError, responseError } from './errors.ts'
import { readUsage } from './usage.ts'

const decoder = new TextDecoder()

/**
 * Terminal events, errors, and frames that end like no JSON object. Inside a JSON string the quotes of
 * such a type would have backslashes.
 */
const mayMatter =
  /"type"\s*:\s*"(?:response\.(?:completed|incomplete|failed|cancelled)|error)"|event:\s*(?:error|response\.(?:completed|incomplete|failed|cancelled))[\r\n]|"error"\s*:\s*[{"]|\[DONE\]|[\r\n][{[]|[^}\r\n][\r\n]{2}/

const terminal: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete'])
const failures: ReadonlySet<string> = new Set(['response.failed', 'response.cancelled'])
const announcements: ReadonlySet<string> = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
])

export function relayScanner(_: ChatRequest, target: WireTarget): ResponsesScanner {
  return new ResponsesScanner(target)
}

export class ResponsesScanner extends FrameScanner {
  /** What was passed on last: it tells the number of the next event. */
  #last = nothing
  usage: Usage | undefined
  /** The provider's id of the answer, from its first event on. */
  answerId: string | undefined

  constructor(target: WireTarget) {
    super(target, mayMatter)
  }

  fail(error: HubError): string {
    let next = 0
    for (const [, number] of decoder.decode(this.#last).matchAll(/"sequence_number":\s*(\d+)/g)) {
      next = Number(number) + 1
    }
    return errorEvent(error, next)
  }

  protected override pass(frames: Uint8Array): Uint8Array {
    const kept = super.pass(frames)
    if (kept.length > 0) this.#last = frames
    return kept
  }

  protected override keeps(frame: SseFrame, bytes: Uint8Array): boolean {
    // OpenAI never says `[DONE]` here: what it says comes before the terminal event or not at all.
    if ((frame.data ?? frame.json)?.trimEnd() === '[DONE]') return false
    return super.keeps(frame, bytes)
  }

  protected keepsEvent(event: JsonObject, frame: SseFrame, bytes: Uint8Array): boolean {
    const { response, error } = event
    const type = typeof event.type === 'string' ? event.type : frame.event
    if (isJsonObject(response)) {
      const { id } = response
      if (typeof id === 'string' && id !== '') this.answerId ??= id
    }
    if (type === 'error' || isJsonObject(error) || typeof error === 'string') {
      this.error = eventError(event, this.target)
      return false
    }
    this.committed ||= type !== undefined && !announcements.has(type) && !failures.has(type)
    if (type === undefined || !(terminal.has(type) || failures.has(type))) return true
    const ended: JsonObject = isJsonObject(response) ? response : {}
    const status = type.slice('response.'.length)
    this.error = responseError({ ...ended, status }, this.target)
    if (this.error) return false
    this.usage = readUsage(ended)
    this.withhold(bytes)
    return false
  }

  protected strayJson(value: JsonObject): HubError {
    return 'output' in value
      ? malformed(this.target, 'in one piece where a stream was asked for')
      : eventError(value, this.target)
  }
}
