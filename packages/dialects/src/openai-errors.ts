// Errors of OpenAI's wire, which its whole family speaks more or less. Written: one envelope. Read:
// that envelope and everything compatible servers send instead of it.

import {
  errorCodes,
  type Headers,
  type HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  sseFrame,
  type WireTarget,
} from '@aigne-hub/protocol'
import { type Fault, faultError, parseJson, readObject, upstreamError } from './upstream-fault.ts'

const maxMessageLength = 2000
const maxNameLength = 200

function text(value: Json | undefined, most = maxMessageLength): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, most) : undefined
}

function httpStatus(value: Json | undefined): number | undefined {
  return typeof value === 'number' && value >= 400 && value < 600 ? Math.floor(value) : undefined
}

function fault(fields: JsonObject): Fault {
  const { metadata } = fields
  // Mistral's validation errors stand in `detail`, or in a `message` that holds it.
  const { message, detail } = isJsonObject(fields.message) ? fields.message : fields
  const found: Fault = {}
  const first = Array.isArray(detail) ? detail[0] : detail
  const said = text(message) ?? text(isJsonObject(first) ? first.msg : first)
  // OpenRouter's "Provider returned error"; the reason is in that provider's own words.
  const reason = isJsonObject(metadata) ? text(metadata.raw) : undefined
  const type =
    text(fields.type, maxNameLength) ??
    (isJsonObject(metadata) ? text(metadata.error_type, maxNameLength) : undefined)
  const code = text(fields.code, maxNameLength)
  const param =
    text(fields.param, maxNameLength) ?? (isJsonObject(first) ? placeOf(first.loc) : undefined)
  const status =
    httpStatus(fields.code) ??
    httpStatus(fields.status_code) ??
    httpStatus(fields.statusCode) ??
    httpStatus(fields.status)
  if (said !== undefined) found.message = reason === undefined ? said : `${said}: ${reason}`
  if (type !== undefined) found.type = type
  if (code !== undefined) found.code = code
  if (param !== undefined) found.param = param
  if (status !== undefined) found.status = status
  // OpenRouter's moderation tells its reasons.
  if (isJsonObject(metadata) && (metadata.reasons ?? metadata.flagged_input)) {
    found.isAboutContent = true
  }
  return found
}

/** The field at fault: `["body", "messages", 0, "content"]`. */
function placeOf(loc: Json | undefined): string | undefined {
  if (!Array.isArray(loc)) return undefined
  return text(loc.slice(1).join('.'), maxNameLength)
}

/**
 * The error in a body, or undefined when it holds none. Shapes seen: `{error: {…}}` (OpenAI),
 * `{error: "text", code?}` (xAI, Ollama, LM Studio), the fields without a wrapper (Mistral, Azure's
 * gateway), `{detail}` and `{message: {detail}}` (validation errors), and any of them in an array (Google).
 */
export function readFault(body: Json | undefined): Fault | undefined {
  const value = Array.isArray(body) ? body[0] : body
  if (!isJsonObject(value)) return undefined
  const { error } = value
  if (isJsonObject(error)) return fault(error)
  if (typeof error === 'string')
    return { ...fault(value), message: error.slice(0, maxMessageLength) }
  const flat = fault(value)
  return flat.message === undefined ? undefined : flat
}

/** Reads an answer whose status is not 2xx. Never throws, whatever the body is. */
export function readOpenAiError(
  status: number,
  headers: Headers,
  body: Uint8Array,
  target: WireTarget,
): HubError {
  return upstreamError(status, headers, readFault(parseJson(body)) ?? {}, target)
}

/**
 * The object in the body of a 2xx.
 * @throws HubError `upstream_failed` when it is no JSON object, else what the error in it means (xAI,
 *   OpenRouter and LM Studio send errors as 200).
 */
export function readAnswer(body: Uint8Array, target: WireTarget): JsonObject {
  const answer = readObject(body, target)
  const { error } = answer
  if (isJsonObject(error) || typeof error === 'string') {
    throw faultError(readFault(answer) ?? {}, target)
  }
  return answer
}

function errorFields(error: HubError, requestId: string | undefined): JsonObject {
  const { code, upstream } = error
  const told =
    code === 'upstream_rejected' || code === 'insufficient_quota' || code === 'rate_limit_exceeded'
      ? upstream
      : undefined
  return {
    message: error.message,
    type: told?.type ?? errorCodes[code].type,
    param: told?.param ?? error.param ?? null,
    code: told?.code ?? code,
    request_id: requestId,
  }
}

/** The body of an error reply. */
export function writeOpenAiError(error: HubError, requestId: string): string {
  const fields = errorFields(error, requestId)
  if (error.attempts.length === 0) return JSON.stringify({ error: fields })
  return JSON.stringify({ error: { ...fields, attempts: error.attempts } })
}

/** The frame that ends a stream which has failed. No `[DONE]` follows: that would say all is well. */
export function openAiErrorFrame(error: HubError, requestId?: string): string {
  return sseFrame(JSON.stringify({ error: errorFields(error, requestId) }))
}
