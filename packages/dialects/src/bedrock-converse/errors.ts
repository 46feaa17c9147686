// Errors of Bedrock: a name (in a header, a body or a frame) and a message.

import {
  type Headers,
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type WireTarget,
} from '@aigne-hub/protocol'
import { type Fault, faultError, parseJson, upstreamError } from '../upstream-fault.ts'

const maxMessageLength = 2000
const maxNameLength = 200

/** The status that each exception means, whichever it came with. */
const statuses = new Map<string, number>([
  ['ValidationException', 400],
  ['ConflictException', 400],
  ['AccessDeniedException', 403],
  ['UnrecognizedClientException', 403],
  ['InvalidSignatureException', 403],
  ['SignatureDoesNotMatch', 403],
  ['IncompleteSignatureException', 403],
  ['MissingAuthenticationTokenException', 403],
  ['ExpiredTokenException', 403],
  ['ExpiredToken', 403],
  ['ResourceNotFoundException', 404],
  ['ModelTimeoutException', 408],
  ['ModelErrorException', 424],
  ['ModelStreamErrorException', 424],
  ['ThrottlingException', 429],
  ['ModelNotReadyException', 429],
  // A quota of the account, which no waiting mends.
  ['ServiceQuotaExceededException', 402],
  ['InternalServerException', 500],
  ['ServiceUnavailableException', 503],
])

/** Only the words of a `ValidationException` tell a prompt that is too long from other bad requests. */
const tooLong =
  /too long|too many (?:input|total)|maximum context length|exceeds?\b[^.]*\b(?:context|tokens?|length)/i

/** `com.amazon.coral#ThrottlingException:http://…` and `throttlingException` are one name. */
function nameOf(value: Json | undefined): string | undefined {
  if (typeof value !== 'string') return undefined
  const [end = ''] = value.slice(value.lastIndexOf('#') + 1).split(':')
  const name = end.trim().slice(0, maxNameLength)
  return name === '' ? undefined : name[0]?.toUpperCase() + name.slice(1)
}

function faultOf(body: Json | undefined, name: string | undefined): Fault {
  const fields: JsonObject = isJsonObject(body) ? body : {}
  const code = name ?? nameOf(fields.__type) ?? nameOf(fields.code)
  const said = fields.message ?? fields.Message
  const found: Fault = {}
  if (typeof said === 'string' && said !== '') found.message = said.slice(0, maxMessageLength)
  if (code !== undefined) found.code = code
  const status = statuses.get(code ?? '')
  if (status !== undefined) found.status = status
  return found
}

/** @param status of the HTTP answer; undefined where there is none, as inside a stream. */
function errorOf(
  status: number | undefined,
  headers: Headers,
  found: Fault,
  target: WireTarget,
): HubError {
  const { code, message = '' } = found
  const meant = found.status ?? status
  if (meant === 424) {
    return new HubError(
      'upstream_failed',
      `${target.provider} failed to answer: its model broke down (HTTP 424). Try again.`,
      { upstream: { status: meant, code }, cause: new Error(message) },
    )
  }
  const isTooLong = meant === 400 && tooLong.test(message)
  const named = isTooLong ? { ...found, code: 'context_length_exceeded' } : found
  return meant === undefined
    ? faultError(named, target)
    : upstreamError(meant, headers, named, target)
}

/** Reads an answer whose status is not 2xx. Never throws, whatever the body is. */
export function readError(
  status: number,
  headers: Headers,
  body: Uint8Array,
  target: WireTarget,
): HubError {
  const found = faultOf(parseJson(body), nameOf(headers['x-amzn-errortype']))
  return errorOf(status, headers, found, target)
}

/** The error in the body of a 200, or undefined when it holds none. */
export function bodyError(answer: JsonObject, target: WireTarget): HubError | undefined {
  const output = isJsonObject(answer.Output) ? answer.Output : answer
  const hasName = typeof output.__type === 'string'
  if (!hasName && typeof answer.message !== 'string') return undefined
  return errorOf(undefined, {}, faultOf({ ...answer, ...output }, undefined), target)
}

/** The error that a frame of a stream reports. */
export function frameError(
  name: string | undefined,
  payload: Json | undefined,
  target: WireTarget,
): HubError {
  return errorOf(undefined, {}, faultOf(payload, nameOf(name)), target)
}
