// Errors of Google's wire: `{"error": {code, message, status, details}}`, at times in an array.

import {
  type Headers,
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  sseFrame,
  type WireTarget,
} from '@aigne-hub/protocol'
import { type Fault, faultError, parseJson, upstreamError } from '../upstream-fault.ts'
import { readFinishReason } from './finish-reason.ts'

const maxMessageLength = 2000

/** Which HTTP status each of Google's words goes with (google.rpc.Code). */
const statusOfWord = new Map<string, number>(
  Object.entries({
    INVALID_ARGUMENT: 400,
    FAILED_PRECONDITION: 400,
    OUT_OF_RANGE: 400,
    UNAUTHENTICATED: 401,
    PERMISSION_DENIED: 403,
    NOT_FOUND: 404,
    ABORTED: 409,
    ALREADY_EXISTS: 409,
    RESOURCE_EXHAUSTED: 429,
    CANCELLED: 499,
    INTERNAL: 500,
    UNKNOWN: 500,
    DATA_LOSS: 500,
    UNIMPLEMENTED: 501,
    UNAVAILABLE: 503,
    DEADLINE_EXCEEDED: 504,
  }),
)

const hourMs = 3_600_000

/** The error in an answer or a chunk, or undefined when it holds none. */
function readFault(body: Json | undefined): Fault | undefined {
  const value = Array.isArray(body) ? body[0] : body
  const error = isJsonObject(value) ? value.error : undefined
  if (typeof error === 'string') return { message: error.slice(0, maxMessageLength) }
  return isJsonObject(error) ? faultOf(error) : undefined
}

function faultOf({ code, message, status, details }: JsonObject): Fault {
  const list = Array.isArray(details) ? details.filter(isJsonObject) : []
  const found: Fault = {}
  if (typeof message === 'string' && message !== '') {
    found.message = message.slice(0, maxMessageLength)
  }
  const word = typeof status === 'string' ? status : ''
  const isHttp = typeof code === 'number' && code >= 400 && code < 600
  const http = isHttp ? Math.floor(code) : statusOfWord.get(word)
  if (http !== undefined) found.status = http
  if (word !== '') found.code = word.slice(0, 200)
  if (list.some(({ reason }) => reason === 'API_KEY_INVALID')) found.code = 'invalid_api_key'
  const waitMs = retryDelayMs(list) ?? waitInWords(found.message)
  if (waitMs !== undefined) found.retryAfterMs = waitMs
  const isSpent = hasNothingLeft(list, found.message) || (waitMs ?? 0) > hourMs
  if (http === 429 && isSpent) found.type = 'insufficient_quota'
  return found
}

/** `google.rpc.RetryInfo`: `{"retryDelay": "46.5s"}`. */
function retryDelayMs(details: readonly JsonObject[]): number | undefined {
  for (const { retryDelay } of details) {
    if (typeof retryDelay === 'string') return duration(retryDelay)
  }
  return undefined
}

/** "Please retry in 46.1s." */
function waitInWords(message: string | undefined): number | undefined {
  const wait = /retry in ((?:\d+h)?(?:\d+m(?!s))?\d+(?:\.\d+)?m?s)/i.exec(message ?? '')?.[1]
  return wait === undefined ? undefined : duration(wait)
}

function duration(text: string): number | undefined {
  const parts = /^(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(\d{1,12}(?:\.\d{1,12})?)(ms|s)$/.exec(text)
  if (!parts) return undefined
  const [, hours = '0', minutes = '0', last, unit] = parts
  const lastMs = Number(last) * (unit === 's' ? 1000 : 1)
  return Math.ceil(Number(hours) * hourMs + Number(minutes) * 60_000 + lastMs)
}

/** A limit per day, or one of zero: there is no point in waiting. */
function hasNothingLeft(details: readonly JsonObject[], message = ''): boolean {
  if (/\blimit: 0\b/.test(message)) return true
  return details.some(({ violations }) => {
    if (!Array.isArray(violations)) return false
    return violations.some(
      (violation) =>
        isJsonObject(violation) &&
        (/PerDay/i.test(String(violation.quotaId)) || String(violation.quotaValue) === '0'),
    )
  })
}

/** Reads an answer whose status is not 2xx. Never throws, whatever the body is. */
export function readError(
  status: number,
  headers: Headers,
  body: Uint8Array,
  target: WireTarget,
): HubError {
  const found = readFault(parseJson(body)) ?? {}
  if (found.code !== 'ABORTED') return upstreamError(status, headers, found, target)
  return new HubError(
    'upstream_failed',
    `${target.provider} gave this request up for another one (HTTP ${status}). Try again.`,
    { upstream: { status, code: found.code } },
  )
}

/** The error a chunk or a whole answer reports under a status of 200, or undefined. */
export function chunkError(chunk: JsonObject, target: WireTarget): HubError | undefined {
  const { error } = chunk
  if (!isJsonObject(error) && typeof error !== 'string') return undefined
  return faultError(readFault(chunk) ?? {}, target)
}

/** The failure that a candidate ended with, or undefined when its finish reason means none. */
export function candidateError(candidate: JsonObject, target: WireTarget): HubError | undefined {
  const { finishReason: raw } = candidate
  if (typeof raw !== 'string' || readFinishReason(raw, false) !== 'error') return undefined
  return new HubError(
    'upstream_failed',
    `${target.provider} gave up in the middle of its answer ("${raw}"). Try again.`,
  )
}

const wordOfStatus = new Map<number, string>([
  [401, 'UNAUTHENTICATED'],
  [402, 'FAILED_PRECONDITION'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
])

const wordFor = (status: number) =>
  wordOfStatus.get(status) ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL')

/** What this dialect calls fields that the hub knows by other names. */
const callersNames: Partial<Record<string, string>> = {
  n: 'generationConfig.candidateCount',
  stop: 'generationConfig.stopSequences',
  logprobs: 'generationConfig.responseLogprobs',
  modalities: 'generationConfig.responseModalities',
  response_format: 'generationConfig.responseMimeType',
  reasoning_effort: 'generationConfig.thinkingConfig',
  tool_choice: 'toolConfig.functionCallingConfig',
}

const typeUrl = 'type.googleapis.com/google.rpc.'

/**
 * The body of an error reply. Google's own words say little, so the hub's code is in `ErrorInfo` and
 * the attempts are beside it.
 */
export function writeError(error: HubError, requestId: string | undefined): string {
  const { status, message, code, retryAfterMs, param, attempts } = error
  const details: Json[] = [
    { '@type': `${typeUrl}ErrorInfo`, reason: code.toUpperCase(), domain: 'aigne-hub' },
  ]
  if (requestId !== undefined) details.push({ '@type': `${typeUrl}RequestInfo`, requestId })
  if (param !== undefined) {
    const field = (code === 'unsupported_parameter' && callersNames[param]) || param
    const fieldViolations = [{ field, description: message }]
    details.push({ '@type': `${typeUrl}BadRequest`, fieldViolations })
  }
  if (retryAfterMs !== undefined) {
    details.push({ '@type': `${typeUrl}RetryInfo`, retryDelay: `${retryAfterMs / 1000}s` })
  }
  const body = { code: status, message, status: wordFor(status), details }
  return JSON.stringify({ error: attempts.length > 0 ? { ...body, attempts } : body })
}

/** The frame that ends a stream which has failed. */
export function errorFrame(error: HubError, requestId?: string): string {
  return sseFrame(writeError(error, requestId))
}
