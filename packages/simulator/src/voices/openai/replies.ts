import { isObject, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { Header, Reply, Step } from '../../reply.ts'
import type { VoiceContext, VoiceRequest } from '../voice.ts'
import { envelope } from './errors.ts'

const jsonType: Header = ['content-type', 'application/json']
const streamTypes: readonly Header[] = [
  ['content-type', 'text/event-stream; charset=utf-8'],
  ['cache-control', 'no-cache'],
]

const requestLimit = 10_000
const tokenLimit = 2_000_000

const fixedHeaders: readonly Header[] = [
  ['openai-organization', 'simulator'],
  ['openai-processing-ms', '1'],
  ['openai-version', '2020-10-01'],
]

/** What every reply carries. */
function commonHeaders({ requestId, nowMs }: VoiceContext): Header[] {
  return [['date', httpDate(nowMs)], ['x-request-id', `req_${requestId}`], ...fixedHeaders]
}

/** Rate limits are never reached; the numbers only show the form. */
function limitHeaders(usedTokens: unknown): readonly Header[] {
  const left = tokenLimit - (typeof usedTokens === 'number' ? usedTokens : 0)
  return [
    ['x-ratelimit-limit-requests', String(requestLimit)],
    ['x-ratelimit-limit-tokens', String(tokenLimit)],
    ['x-ratelimit-remaining-requests', String(requestLimit - 1)],
    ['x-ratelimit-remaining-tokens', String(left)],
    ['x-ratelimit-reset-requests', '6ms'],
    ['x-ratelimit-reset-tokens', '1ms'],
  ]
}

let dateSecond = 0
let dateText = ''

/** IMF-fixdate (RFC 9110, 5.6.7); made once a second. */
export function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1000)
  if (second !== dateSecond || dateText === '') {
    dateSecond = second
    dateText = new Date(second * 1000).toUTCString()
  }
  return dateText
}

/** A whole answer. */
export function jsonReply(body: string, context: VoiceContext, usedTokens?: unknown): Reply {
  return {
    status: 200,
    headers: [jsonType, ...commonHeaders(context), ...limitHeaders(usedTokens)],
    streamed: false,
    steps: [{ send: body }],
  }
}

/** The reply, with the headers that every reply carries. */
export function withHeaders(reply: Reply, context: VoiceContext): Reply {
  const headers = [...reply.headers, ...commonHeaders(context), ...limitHeaders(undefined)]
  return { ...reply, headers }
}

/** An answer as server-sent events. */
export function streamReply(steps: Step[], context: VoiceContext, usedTokens?: unknown): Reply {
  return {
    status: 200,
    headers: [...streamTypes, ...commonHeaders(context), ...limitHeaders(usedTokens)],
    streamed: true,
    steps,
  }
}

/** An error. */
export function problemReply(
  problem: Problem,
  context: VoiceContext,
  headers: readonly Header[] = [],
): Reply {
  return {
    status: problem.status,
    headers: [jsonType, ...commonHeaders(context), ...headers],
    streamed: false,
    steps: [{ send: envelope(problem) }],
  }
}

/** Audio that has begun cannot tell of an error: it only ends. */
export function isAudio({ headers }: Reply): boolean {
  return headers.some(([name, value]) => name === 'content-type' && value.startsWith('audio/'))
}

/** The key of a bearer token. */
export function bearerKey(headers: Readonly<Record<string, string>>): string | undefined {
  return /^bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1]
}

/** @throws Problem when there is no JSON object. */
export function bodyOf({ body }: VoiceRequest): JsonObject {
  if (isObject(body)) return body
  throw new Problem('invalidRequest', 'The body of this request must be a JSON object.')
}

/** An id that is not well-formed percent-encoding stays as it is: nobody's. */
export function decodedId(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}
