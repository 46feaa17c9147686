// Jobs that make films: begun with one request, asked about until they are over.

import {
  type ExchangeAnswer,
  type ExchangeStep,
  type HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { madeError } from './image-request.ts'
import { readFault } from './openai-errors.ts'
import { pathSegment } from './path-segment.ts'
import { faultError, malformed } from './upstream-fault.ts'

const shortestMs = 2000
const longestMs = 10_000
const growth = 1.5

/**
 * Asks about a job until it is over: after 2 s at first, then each time half as long again later, up to
 * 10 s. How long that may go on is for whoever runs the exchange to say.
 * @param read what an answer says: undefined as long as the job runs.
 */
export function* polled<Ended>(
  question: WireRequest,
  read: (answer: ExchangeAnswer) => Ended | undefined,
): Generator<ExchangeStep, Ended, readonly ExchangeAnswer[]> {
  for (let milliseconds = shortestMs; ; milliseconds = Math.min(milliseconds * growth, longestMs)) {
    yield { do: 'wait', milliseconds }
    const [answer] = yield { do: 'send', requests: [question] }
    const ended = answer && read(answer)
    if (ended !== undefined) return ended
  }
}

/** The question about what is at a path. */
export function questionAt(path: string): WireRequest {
  return { method: 'GET', path, dropped: [] }
}

/**
 * Where a job is that has begun.
 * @throws HubError `upstream_failed` when it has no id.
 */
export function jobPath(path: string, id: Json | undefined, target: WireTarget): string {
  if (typeof id !== 'string' || id === '') throw malformed(target, 'without the id of a video')
  return `${path}/${pathSegment(id)}`
}

/** What the `error` of a job means, where it has one: its provider's filter speaks through the code. */
export function jobError(job: JsonObject, target: WireTarget): HubError | undefined {
  const { error } = job
  const hasError = isJsonObject(error) || (typeof error === 'string' && error !== '')
  return hasError ? madeError(readFault(job) ?? {}, target) : undefined
}

/** The end of a job that has no film and names no error. */
export function jobEnded(status: string, target: WireTarget): HubError {
  return faultError({ type: status }, target)
}

/** The one answer of a step with one request. */
export function* asked(
  request: WireRequest,
): Generator<ExchangeStep, ExchangeAnswer, readonly ExchangeAnswer[]> {
  const [answer] = yield { do: 'send', requests: [request] }
  if (!answer) throw new TypeError('A request was answered by nothing.')
  return answer
}
