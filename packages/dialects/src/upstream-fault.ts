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
  /** How long the object itself asks us to wait. */
  retryAfterMs?: number
}

const maxMessageLength = 2000
const decoder = new TextDecoder()

/** Codes and types that mean an empty purse rather than too much haste. */
const quota = /quota|billing|credit|balance|overdue|spend|usage_limit|payment/i

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
  const upstream: UpstreamFault = { status }
  if (found.code !== undefined) upstream.code = found.code
  if (found.type !== undefined) upstream.type = found.type
  if (found.param !== undefined) upstream.param = found.param
  const options: HubErrorOptions = { upstream }
  if (status === 401 || status === 403 || (rejecting(status) && blamesKey(found))) {
    return new HubError(
      'credential_rejected',
      `${provider} refused the hub's credential (HTTP ${status}). The operator must check it, or replace it with one that may use this model.`,
      { upstream: { status } },
    )
  }
  // For whoever embeds us. It may quote the prompt, so the hub's own log leaves it out.
  if (found.message !== undefined && !blamesKey(found)) options.cause = new Error(found.message)
  if (status === 402 || (status === 429 && quota.test(`${found.code} ${found.type}`))) {
    return new HubError(
      'insufficient_quota',
      `The hub's account at ${provider} has no quota or credit left. The operator must raise the limit or top it up.`,
      options,
    )
  }
  const retryAfterMs = found.retryAfterMs ?? readRetryAfterMs(headers)
  if (retryAfterMs !== undefined) options.retryAfterMs = retryAfterMs
  if (status === 429) {
    const when = retryAfterMs === undefined ? 'later' : `in ${Math.ceil(retryAfterMs / 1000)} s`
    return new HubError(
      'rate_limit_exceeded',
      `${provider} limits how fast the hub may call it. Try again ${when}.`,
      options,
    )
  }
  if (status === 408 || status === 504 || status === 524) {
    return new HubError(
      'upstream_timeout',
      `${provider} took too long to answer (HTTP ${status}). Try again.`,
      options,
    )
  }
  // 498 is Groq's "capacity exceeded".
  if (status === 503 || status === 529 || status === 498) {
    return new HubError(
      'upstream_overloaded',
      `${provider} is overloaded (HTTP ${status}). Try again later.`,
      options,
    )
  }
  if (rejecting(status)) {
    const said = found.message ?? `it gave no reason (HTTP ${status})`
    const message = `${provider} rejected the request: ${said}`.slice(0, maxMessageLength)
    return new HubError('upstream_rejected', message, { upstream })
  }
  return new HubError('upstream_failed', failureMessage(provider, status), options)
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
