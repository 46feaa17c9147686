// What a provider reports as its error, in whichever dialect, and what it means to us.

import {
  type Headers,
  HubError,
  type HubErrorOptions,
  isJsonObject,
  type Json,
  type JsonObject,
  type UpstreamFault,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readRetryAfterMs } from './retry-after.ts'

/** A provider's error object, as far as it could be read. */
export interface Fault {
  message?: string
  type?: string
  code?: string
  param?: string
  /** The HTTP status the object itself names. */
  status?: number
  /** What was said is refused, not who said it. */
  isAboutContent?: boolean
  /** How long the object itself asks us to wait. */
  retryAfterMs?: number
}

const maxMessageLength = 2000
const decoder = new TextDecoder()

/** Codes and types that mean an empty purse rather than too much haste. */
const quota = /quota|billing|credit|balance|overdue|spend|usage_limit|setlimit|payment/i

/** Codes and types that blame what was said, not who said it. */
const content = /content_filter|content_policy|moderation|sensitive|guardrail|safety/i

/** Codes of answers that a model wrote in a form nobody could read; another try may do better (Groq). */
const misspoken: ReadonlySet<string> = new Set(['tool_use_failed', 'json_validate_failed'])

/** Codes of models that the hub's own account has not been given yet (Doubao). */
const notOpened: ReadonlySet<string> = new Set(['ModelNotOpen'])

/** What a code or a type says where the status says nothing: inside a stream, or under a 200. */
const statusOfName = new Map<string, number>(
  Object.entries({
    rate_limit_exceeded: 429,
    rate_limit_error: 429,
    slow_down: 429,
    tokens: 429,
    requests: 429,
    invalid_api_key: 401,
    authentication_error: 401,
    permission_error: 403,
    invalid_request_error: 400,
    context_length_exceeded: 400,
    content_filter: 400,
    model_not_found: 404,
    not_found_error: 404,
    timeout: 504,
    overloaded_error: 503,
    service_unavailable: 503,
    service_unavailable_error: 503,
    server_is_overloaded: 503,
    // Doubao's types are the classes of HTTP.
    BadRequest: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    TooManyRequests: 429,
    // xAI puts the words of gRPC's codes here.
    'Client specified an invalid argument': 400,
    'The request does not have valid authentication credentials': 401,
    'The caller does not have permission to execute the specified operation': 403,
    'Some requested entity was not found': 404,
    'Some resource has been exhausted': 429,
    'The service is currently unavailable': 503,
    'Deadline expired before operation could complete': 504,
  }),
)

/** The status an error has when HTTP did not give one: 502 when nothing is known. */
function impliedStatus(found: Fault): number {
  if (found.status !== undefined) return found.status
  if (quota.test(`${found.code} ${found.type}`)) return 402
  return statusOfName.get(found.code ?? '') ?? statusOfName.get(found.type ?? '') ?? 502
}

/**
 * Some servers answer a bad key with 400 and say so only in words (xAI: "Incorrect API key
 * provided: xai-…"); such a message repeats parts of the key and must not be passed on.
 */
function blamesKey({ code, message }: Fault): boolean {
  return (
    code === 'invalid_api_key' ||
    /(?:incorrect|invalid|expired|missing) api.?key|api.?key (?:is )?(?:not valid|invalid|expired)/i.test(
      message ?? '',
    )
  )
}

const rejecting = (status: number) => status >= 400 && status < 500

/** @param headers of the answer; empty where there are none, as inside a stream. */
export function upstreamError(
  status: number,
  headers: Headers,
  found: Fault,
  target: WireTarget,
): HubError {
  const { provider } = target
  const names = `${found.code} ${found.type}`
  const isSpent = quota.test(names)
  const isAboutContent = found.isAboutContent === true || content.test(names)
  const isRefused = status === 403 && !isSpent && !isAboutContent
  if (status === 401 || isRefused || (rejecting(status) && blamesKey(found))) {
    return new HubError(
      'credential_rejected',
      `${provider} refused the hub's credential (HTTP ${status}). The operator must check it, or replace it with one that may use this model.`,
      { upstream: { status } },
    )
  }
  const options = told(status, found)
  const retryAfterMs = found.retryAfterMs ?? readRetryAfterMs(headers, status)
  // Who names a time waits for other requests to end, and not for money (OpenRouter's budget in flight).
  const isInFlight = status === 402 && retryAfterMs !== undefined
  if ((status === 402 && !isInFlight) || ((status === 429 || status === 403) && isSpent)) {
    return new HubError(
      'insufficient_quota',
      `The hub's account at ${provider} has no quota or credit left. The operator must raise the limit or top it up.`,
      options,
    )
  }
  if (retryAfterMs !== undefined) options.retryAfterMs = retryAfterMs
  const passing = passingFailure(isInFlight ? 429 : status, names, options, target)
  if (passing) return passing
  if (rejecting(status) && misspoken.has(found.code ?? '')) {
    return new HubError(
      'upstream_failed',
      `The model at ${provider} wrote an answer that could not be read (${found.code}). Try again.`,
      options,
    )
  }
  if (rejecting(status)) {
    const { upstream } = options
    return new HubError('upstream_rejected', rejectionMessage(status, found, target), { upstream })
  }
  return new HubError('upstream_failed', failureMessage(provider, status), options)
}

/** What may be told of a provider's answer. */
function told(
  status: number,
  found: Fault,
): HubErrorOptions & Required<Pick<HubErrorOptions, 'upstream'>> {
  const upstream: UpstreamFault = { status }
  if (found.code !== undefined) upstream.code = found.code
  if (found.type !== undefined) upstream.type = found.type
  if (found.param !== undefined) upstream.param = found.param
  // For whoever embeds us. It may quote the prompt, so the hub's own log leaves it out.
  const isTold = found.message !== undefined && !blamesKey(found)
  return { upstream, ...(isTold && { cause: new Error(found.message) }) }
}

/** The failure of a provider that is only too busy, or undefined when it is another one. */
function passingFailure(
  status: number,
  names: string,
  options: HubErrorOptions,
  { provider }: WireTarget,
): HubError | undefined {
  const { retryAfterMs } = options
  // 498 is Groq's "capacity exceeded"; Doubao says so with 429.
  const isOverloaded = status === 429 && /overloaded/i.test(names)
  if (status === 503 || status === 529 || status === 498 || isOverloaded) {
    return new HubError(
      'upstream_overloaded',
      `${provider} is overloaded (HTTP ${status}). Try again later.`,
      options,
    )
  }
  if (status === 429) {
    const when = retryAfterMs === undefined ? 'later' : `in ${Math.ceil(retryAfterMs / 1000)} s`
    return new HubError(
      'rate_limit_exceeded',
      `${provider} limits how fast the hub may call it. Try again ${when}.`,
      options,
    )
  }
  if (status !== 408 && status !== 504 && status !== 524) return undefined
  return new HubError(
    'upstream_timeout',
    `${provider} took too long to answer (HTTP ${status}). Try again.`,
    options,
  )
}

function rejectionMessage(status: number, { message, code }: Fault, { provider }: WireTarget) {
  const said = message ?? `it gave no reason (HTTP ${status})`
  const what = notOpened.has(code ?? '')
    ? `The operator must open this model for the hub's account at ${provider}: ${said}`
    : `${provider} rejected the request: ${said}`
  return what.slice(0, maxMessageLength)
}

function failureMessage(provider: string, status: number): string {
  if (status >= 300 && status < 400) {
    return `${provider} answered with a redirect (HTTP ${status}), which the hub never follows. The operator must set the provider's final address.`
  }
  if (status < 300) return `${provider} reported a failure instead of an answer. Try again.`
  return `${provider} failed to answer (HTTP ${status}). Try again.`
}

/** The JSON in a body, or undefined when there is none. */
export function parseJson(body: Uint8Array): Json | undefined {
  try {
    return JSON.parse(decoder.decode(body)) as Json
  } catch {
    return undefined
  }
}

/** The error a provider reports where no status says so: in a stream, or in the body of a 200. */
export function faultError(found: Fault, target: WireTarget): HubError {
  const status = impliedStatus(found)
  return upstreamError(
    status === 502 && found.status === undefined ? 200 : status,
    {},
    found,
    target,
  )
}

/**
 * The object in the body of a 2xx, or the first of an array.
 * @throws HubError `upstream_failed` when it is no JSON object.
 */
export function readObject(body: Uint8Array, target: WireTarget): JsonObject {
  const value = parseJson(body)
  const answer = Array.isArray(value) ? value[0] : value
  if (!isJsonObject(answer)) throw notJson(target)
  return answer
}

function notJson({ provider }: WireTarget): HubError {
  return new HubError(
    'upstream_failed',
    `${provider} answered with something other than a JSON object. The operator should check that its address is that of an API.`,
  )
}

/** The failure of an answer that lacks what it must have: `what` completes "sent an answer …". */
export function malformed(target: WireTarget, what: string): HubError {
  return new HubError('upstream_failed', `${target.provider} sent an answer ${what}. Try again.`)
}

/** The bytes ended, and nothing said that the answer had. */
export function incomplete({ provider }: WireTarget): HubError {
  return new HubError(
    'upstream_incomplete',
    `${provider} ended its answer before it was complete. Try again.`,
  )
}
