// A streamed answer coming in: bytes to events.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type StreamReader,
  type WireTarget,
} from '@aigne-hub/protocol'
import { eventStreamReader, StreamedAnswer } from '../event-stream-reader.ts'
import { parseEvent } from '../sse-frame.ts'
import { eventError, responseError } from './errors.ts'
import { OutputReader } from './output-reader.ts'
import { readFinish, readStart, readWhole } from './response.ts'
import { readUsage } from './usage.ts'

/**
 * An answer is complete when `response.completed` or `response.incomplete` has come; otherwise its end
 * is an `error` event. After an error or a terminal event nothing more is read.
 */
export function streamReader(target: WireTarget): StreamReader {
  return eventStreamReader(new ResponsesStreamReader(target))
}

class ResponsesStreamReader extends StreamedAnswer {
  readonly #output: OutputReader
  #hasStarted = false

  constructor(target: WireTarget) {
    super(target)
    this.#output = new OutputReader(target.provider)
  }

  protected override frame(data: string, name: string | undefined): void {
    // Some servers end as chat does, behind the terminal event or without one.
    if (data.trimEnd() !== '[DONE]') super.frame(data, name)
  }

  protected bareJson(text: string): void {
    const answer = parseEvent(text)
    if (!answer) return
    if (!('output' in answer)) throw eventError(answer, this.target)
    for (const event of readWhole(answer, this.target)) this.events.push(event)
    this.isOver = true
  }

  protected event(event: JsonObject, name: string | undefined): void {
    const type = typeof event.type === 'string' ? event.type : name
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
        this.fail(eventError(event, this.target))
        return
      default:
        if (isJsonObject(event.error) || typeof event.error === 'string')
          this.fail(eventError(event, this.target))
        else if (type !== undefined && this.#output.knows(type, event)) {
          this.#start(undefined)
          this.#output.read(type, event, this.events)
        } else this.keepAlive()
    }
  }

  #start(response: Json | undefined): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    const start = readStart(isJsonObject(response) ? response : {}, this.target)
    this.events.push({ type: 'start', ...start })
  }

  #terminate(type: string, response: JsonObject): void {
    const status = type.slice('response.'.length)
    const error = responseError({ ...response, status }, this.target)
    if (error) {
      this.fail(error)
      return
    }
    this.#start(response)
    const hasCalls = this.#output.finish(response.output, this.events)
    const finish = readFinish({ ...response, status }, hasCalls)
    this.events.push({ type: 'finish', choice: 0, ...finish })
    const usage = readUsage(response)
    if (usage) this.events.push({ type: 'usage', usage })
    this.isOver = true
  }
}
