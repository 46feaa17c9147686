// Errors of Anthropic's wire: `{type: "error", error: {type, message, details?}, request_id}`.

import {
  type ErrorCode,
  type Headers,
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  sseFrame,
  type WireTarget,
} from '@aigne-hub/protocol'
import { type Fault, faultError, parseJson, readObject, upstreamError } from '../upstream-fault.ts'

const maxMessageLength = 2000
const maxNameLength = 200

/** The status that each type of error goes with. */
const statuses = new Map<string, number>([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
])

const text = (value: Json | undefined, most: number) =>
  typeof value === 'string' && value !== '' ? value.slice(0, most) : undefined

/** The error in a body or a frame; empty when it holds none that can be read. */
function readFault(body: Json | undefined): Fault {
  const value = Array.isArray(body) ? body[0] : body
  if (!isJsonObject(value)) return {}
  const { error } = value
  const fields = isJsonObject(error) ? error : value
  const details = isJsonObject(fields.details) ? fields.details : {}
  const found: Fault = {}
  const message = text(
    isJsonObject(error) ? error.message : (error ?? value.message),
    maxMessageLength,
  )
  // On Google's cloud: `{error: {code, message, status}}`.
  const type = text(fields.type ?? fields.status, maxNameLength)
  const code = text(details.error_code, maxNameLength)
  if (message !== undefined) found.message = message
  if (type !== undefined && type !== 'error') found.type = type
  if (code !== undefined) found.code = code
  const status = fields.code
  if (typeof status === 'number' && status >= 400 && status < 600) found.status = status
  return found
}

/** Anthropic says so with 400 as well as with 402. */
const emptyPurse = /credit balance is too low/i

/** Reads an answer whose status is not 2xx. Never throws, whatever the body is. */
export function readError(
  status: number,
  headers: Headers,
  body: Uint8Array,
  target: WireTarget,
): HubError {
  const found = readFault(parseJson(body))
  if (status === 400 && emptyPurse.test(found.message ?? '')) {
    return upstreamError(402, headers, found, target)
  }
  if (status === 409) {
    return new HubError(
      'upstream_failed',
      `${target.provider} was busy with something this request depends on (HTTP 409). Try again.`,
      { upstream: { status, type: found.type } },
    )
  }
  return upstreamError(status, headers, found, target)
}

/** The error that a frame of a stream reports, or the body of a 200. */
export function reportedError(body: JsonObject, target: WireTarget): HubError {
  const found = readFault(body)
  const status = statuses.get(found.type ?? '')
  return faultError(status === undefined ? found : { ...found, status }, target)
}

/**
 * The message in the body of a 2xx.
 * @throws HubError `upstream_failed` when it is no JSON object, else what the error in it means.
 */
export function readAnswer(body: Uint8Array, target: WireTarget): JsonObject {
  const answer = readObject(body, target)
  if (answer.type === 'error' || isJsonObject(answer.error)) throw reportedError(answer, target)
  return answer
}

const types: { [Code in ErrorCode]?: string } = {
  insufficient_quota: 'billing_error',
  invalid_api_key: 'authentication_error',
  permission_denied: 'permission_error',
  rate_limit_exceeded: 'rate_limit_error',
  request_too_large: 'request_too_large',
  request_timeout: 'timeout_error',
  upstream_timeout: 'timeout_error',
}

function typeOf({ code, status, upstream }: HubError): string {
  const own = types[code]
  if (own !== undefined) return own
  const told = code === 'upstream_rejected' ? upstream?.type : undefined
  if (told !== undefined && statuses.get(told) === status) return told
  if (status === 404) return 'not_found_error'
  if (status === 409) return 'conflict_error'
  if (status === 413) return 'request_too_large'
  if (status === 503) return 'overloaded_error'
  return status < 500 ? 'invalid_request_error' : 'api_error'
}

/** What this dialect calls fields that the hub knows by other names. */
const callersNames: Partial<Record<string, string>> = {
  stop: 'stop_sequences',
  response_format: 'output_config.format',
  reasoning_effort: 'output_config.effort',
}

/** The body of an error reply, as JSON text. What only we know of it stands in `details`. */
export function writeError(error: HubError, requestId: string | undefined): string {
  const { code, upstream, param, attempts, message } = error
  const told = code === 'upstream_rejected' || code === 'insufficient_quota' ? upstream : undefined
  const isOurs = code === 'unsupported_parameter' && param !== undefined
  const named = isOurs ? (callersNames[param] ?? param) : param
  return JSON.stringify({
    type: 'error',
    error: {
      type: typeOf(error),
      message,
      details: {
        error_code: told?.code ?? code,
        param: told?.param ?? named,
        attempts: attempts.length > 0 ? attempts : undefined,
      },
    },
    request_id: requestId,
  })
}

/** The frame that ends a stream which has failed. */
export function errorFrame(error: HubError, requestId: string | undefined): string {
  return sseFrame(writeError(error, requestId), 'error')
}
