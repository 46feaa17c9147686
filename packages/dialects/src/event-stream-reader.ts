// What reading a streamed answer has in common in every dialect of server-sent events.

import {
  type ChatEvent,
  HubError,
  type JsonObject,
  type StreamReader,
  type WireTarget,
} from '@aigne-hub/protocol'
import { parseEvent } from './sse-frame.ts'
import { createSseReader, type SseHandler } from './sse-reader.ts'
import { incomplete, malformed } from './upstream-fault.ts'

/** @param answer a new one, which reads nothing else. */
export function eventStreamReader(answer: StreamedAnswer): StreamReader {
  const sse = createSseReader(answer)
  return {
    push(bytes) {
      sse.push(bytes)
      return answer.take()
    },
    end() {
      answer.isEnding = true
      sse.end()
      answer.onEnd()
      return answer.take()
    },
  }
}

/**
 * One streamed answer. A dialect says what one event means and, by `isOver`, which one is the last;
 * after it, or after an error, nothing more is read. Bytes that end before that are `upstream_incomplete`,
 * unless `ended` knows better.
 */
export abstract class StreamedAnswer implements SseHandler {
  protected readonly target: WireTarget
  /** What has been read since the last `take`. */
  protected events: ChatEvent[] = []
  protected isOver = false
  /** No more bytes come. */
  isEnding = false

  constructor(target: WireTarget) {
    this.target = target
  }

  /** @param name the `event:` field. */
  protected abstract event(event: JsonObject, name: string | undefined): void

  /**
   * JSON outside any event: an error, or the whole answer of a server that does not stream.
   * @throws HubError with which the answer ends.
   */
  protected abstract bareJson(text: string): void

  /** The bytes have ended, and the answer was not over. */
  protected ended(): void {
    this.fail(incomplete(this.target))
  }

  /** One event as it came; for dialects with events that are no JSON. */
  protected frame(data: string, name: string | undefined): void {
    const event = parseEvent(data)
    if (event) this.event(event, name)
    // A frame cut off by the end of the bytes is no malformed one; `ended` says what that means.
    else if (!this.isEnding) {
      this.fail(malformed(this.target, 'with an event that is no JSON object'))
    }
  }

  protected keepAlive(): void {
    if (!this.isOver) this.events.push({ type: 'keepAlive' })
  }

  protected fail(error: HubError): void {
    if (this.isOver) return
    this.isOver = true
    this.events.push({ type: 'error', error })
  }

  /** The events since the last call. */
  take(): ChatEvent[] {
    const { events } = this
    this.events = []
    return events
  }

  onEvent(data: string, name: string | undefined): void {
    if (!this.isOver && data !== '') this.frame(data, name)
  }

  onComment(): void {
    this.keepAlive()
  }

  onBareJson(text: string, isWhole: boolean): void {
    if (this.isOver || !isWhole) return
    try {
      this.bareJson(text)
    } catch (thrown) {
      if (!(thrown instanceof HubError)) throw thrown
      this.fail(thrown)
    }
  }

  onTooLong(): void {
    this.fail(malformed(this.target, 'whose parts are too long'))
  }

  onEnd(): void {
    if (!this.isOver) this.ended()
    this.isOver = true
  }
}
