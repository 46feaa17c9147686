// Watches a stream that is passed on byte for byte.

import {
  type ChatRequest,
  type HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type RelayScanner,
  type Usage,
  type WireTarget,
} from '@aigne-hub/protocol'
import { FrameScanner } from '../frame-scanner.ts'
import type { SseFrame } from '../sse-frame.ts'
import { malformed } from '../upstream-fault.ts'
import { errorFrame, reportedError } from './errors.ts'
import { laterCounts, readUsage } from './usage.ts'

/**
 * Types of events that matter, an error however it is put, lines that open JSON which is no event, and
 * frames that end like no JSON object. Inside a JSON string the quotes of a type have backslashes.
 */
const mayMatter =
  /"type"\s*:\s*"(?:message_|error")|event: ?error|"error"|[\r\n][{[]|[^}\r\n][\r\n]{2}/

export function relayScanner(_: ChatRequest, target: WireTarget, requestId?: string): RelayScanner {
  return new MessageScanner(target, requestId)
}

class MessageScanner extends FrameScanner {
  readonly #requestId: string | undefined
  #report: JsonObject = {}
  usage: Usage | undefined

  constructor(target: WireTarget, requestId: string | undefined) {
    super(target, mayMatter)
    this.#requestId = requestId
  }

  fail(error: HubError): string {
    return errorFrame(error, this.#requestId)
  }

  protected keepsEvent(event: JsonObject, frame: SseFrame, bytes: Uint8Array): boolean {
    switch (event.type) {
      case 'message_stop':
        this.withhold(bytes)
        return false
      case 'message_start':
        if (isJsonObject(event.message)) this.#see(event.message.usage)
        return true
      case 'message_delta':
        this.#see(event.usage)
        this.committed = true
        return true
      case 'ping':
        return true
      default:
        if (event.type === 'error' || frame.event === 'error' || isJsonObject(event.error)) {
          this.error = reportedError(event, this.target)
          return false
        }
        this.committed ||= String(event.type).startsWith('content_block')
        return true
    }
  }

  #see(report: Json | undefined): void {
    if (!isJsonObject(report)) return
    this.#report = laterCounts(this.#report, report)
    this.usage = readUsage(this.#report)
  }

  protected strayJson(value: JsonObject): HubError {
    return value.type === 'message'
      ? malformed(this.target, 'in one piece where a stream was asked for')
      : reportedError(value, this.target)
  }
}
