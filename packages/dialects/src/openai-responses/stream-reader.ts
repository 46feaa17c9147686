// A streamed answer coming in: bytes to events.

import {
  type ChatEvent,
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type StreamReader,
  type WireTarget,
} from '@aigne-hub/protocol'
import { createSseReader } from '../sse-reader.ts'
import { incomplete, malformed } from '../upstream-fault.ts'
import { eventError, responseError } from './errors.ts'
import { OutputReader } from './output-reader.ts'
import { readFinish, readStart, readWhole } from './response.ts'
import { readUsage } from './usage.ts'

/**
 * An answer is complete when `response.completed` or `response.incomplete` has come; otherwise its end
 * is an `error` event. After an error or a terminal event nothing more is read.
 */
export function streamReader(target: WireTarget): StreamReader {
  const stream = new ResponsesStreamReader(target)
  const sse = createSseReader({
    onEvent: (data, name) => stream.frame(data, name),
    onComment: () => stream.comment(),
    onBareJson: (text, isWhole) => stream.bareJson(text, isWhole),
    onTooLong: () => stream.fail(malformed(target, 'whose parts are too long')),
  })
  return {
    push(bytes) {
      sse.push(bytes)
      return stream.take()
    },
    end() {
      stream.isEnding = true
      sse.end()
      stream.fail(incomplete(target))
      return stream.take()
    },
  }
}

class ResponsesStreamReader {
  readonly #target: WireTarget
  readonly #output: OutputReader
  #events: ChatEvent[] = []
  #hasStarted = false
  #isOver = false
  isEnding = false

  constructor(target: WireTarget) {
    this.#target = target
    this.#output = new OutputReader(target.provider)
  }

  take(): ChatEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  comment(): void {
    if (!this.#isOver) this.#events.push({ type: 'keepAlive' })
  }

  fail(error: HubError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.push({ type: 'error', error })
  }

  frame(data: string, name: string | undefined): void {
    // Some servers end as chat does, behind the terminal event or without one.
    if (this.#isOver || data === '' || data.trimEnd() === '[DONE]') return
    const event = parseEvent(data)
    if (event) this.#event(typeof event.type === 'string' ? event.type : name, event)
    // A frame cut off by the end of the bytes is no malformed one; `end` says what that means.
    else if (!this.isEnding) {
      this.fail(malformed(this.#target, 'with an event that is no JSON object'))
    }
  }

  /** An error, or the whole answer of a server that does not stream. */
  bareJson(text: string, isWhole: boolean): void {
    const answer = isWhole ? parseEvent(text) : undefined
    if (this.#isOver || !answer) return
    try {
      if (!('output' in answer)) throw eventError(answer, this.#target)
      for (const event of readWhole(answer, this.#target)) this.#events.push(event)
      this.#isOver = true
    } catch (thrown) {
      if (!(thrown instanceof HubError)) throw thrown
      this.fail(thrown)
    }
  }

  #event(type: string | undefined, event: JsonObject): void {
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        this.#start(event.response)
        return
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'response.cancelled':
        this.#terminate(type, isJsonObject(event.response) ? event.response : {})
        return
      case 'error':
        this.fail(eventError(event, this.#target))
        return
      default:
        if (isJsonObject(event.error)) this.fail(eventError(event, this.#target))
        else if (type !== undefined && this.#output.knows(type, event)) {
          this.#start(undefined)
          this.#output.read(type, event, this.#events)
        } else this.comment()
    }
  }

  #start(response: Json | undefined): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    const start = readStart(isJsonObject(response) ? response : {}, this.#target)
    this.#events.push({ type: 'start', ...start })
  }

  #terminate(type: string, response: JsonObject): void {
    const status = type.slice('response.'.length)
    const error = responseError({ ...response, status }, this.#target)
    if (error) {
      this.fail(error)
      return
    }
    this.#start(response)
    const hasCalls = this.#output.finish(response.output, this.#events)
    const finish = readFinish({ ...response, status }, hasCalls)
    this.#events.push({ type: 'finish', choice: 0, ...finish })
    const usage = readUsage(response)
    if (usage) this.#events.push({ type: 'usage', usage })
    this.#isOver = true
  }
}

function parseEvent(data: string): JsonObject | undefined {
  try {
    const value = JSON.parse(data) as Json
    const event = Array.isArray(value) ? value[0] : value
    return isJsonObject(event) ? event : undefined
  } catch {
    return undefined
  }
}
