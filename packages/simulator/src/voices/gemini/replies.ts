import { isObject, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { Header, Reply, Step } from '../../reply.ts'
import { httpDate } from '../openai/replies.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'
import { errorBody, retrySecondsIn, statusOf } from './errors.ts'

/** Which of Google's two hosts is asked. */
export type GoogleHost = 'gemini' | 'vertex'

const jsonType: Header = ['content-type', 'application/json; charset=UTF-8']
const eventsType: Header = ['content-type', 'text/event-stream']

export function headersOf(type: Header, { nowMs }: VoiceContext, serviceTier?: string): Header[] {
  const headers: Header[] = [
    type,
    ['date', httpDate(nowMs)],
    ['vary', 'Origin, X-Origin, Referer'],
    ['server', 'scaffolding on HTTPServer2'],
    ['server-timing', 'gfet4t7; dur=1'],
  ]
  if (serviceTier !== undefined) headers.push(['x-gemini-service-tier', serviceTier])
  return headers
}

/** A whole answer. */
export function jsonReply(body: string, context: VoiceContext, serviceTier?: string): Reply {
  return {
    status: 200,
    headers: headersOf(jsonType, context, serviceTier),
    streamed: false,
    steps: [{ send: body }],
  }
}

/** An answer as server-sent events, or as one array that grows; see `framed`. */
export function streamReply(
  steps: Step[],
  isEvents: boolean,
  context: VoiceContext,
  serviceTier?: string,
): Reply {
  return {
    status: 200,
    headers: headersOf(isEvents ? eventsType : jsonType, context, serviceTier),
    streamed: true,
    steps,
  }
}

/** An error as Google's two hosts word it. */
export function problemReply(
  problem: Problem,
  context: VoiceContext,
  headers: readonly Header[],
  host: GoogleHost,
): Reply {
  const body = errorBody(problem, retrySecondsIn(headers, context.nowMs), host)
  const others = headers.filter(([name]) => name !== 'retry-after')
  return {
    status: statusOf(problem, host),
    headers: [...headersOf(jsonType, context), ...others],
    streamed: false,
    steps: [{ send: JSON.stringify(body) }],
  }
}

/** An error as the last thing of a stream. */
export function problemFrame(problem: Problem, { headers }: Reply, host: GoogleHost): string {
  const json = JSON.stringify(errorBody(problem, undefined, host))
  const isEvents = headers.some((header) => header === eventsType)
  return isEvents ? `data: ${json}\n\n` : `,\r\n${json}]`
}

export function bodyOf({ body }: VoiceRequest): JsonObject {
  if (isObject(body)) return body
  throw new Problem('invalidRequest', 'Invalid JSON payload received. Expected a JSON object.')
}

export function queryOf({ query = '' }: VoiceRequest): URLSearchParams {
  return new URLSearchParams(query)
}
