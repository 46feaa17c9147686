// Failures inside an answer whose HTTP status was 200.

import { HubError, isJsonObject, type JsonObject, type WireTarget } from '@aigne-hub/protocol'
import { readFault, writeOpenAiError } from '../openai-errors.ts'
import { type Fault, faultError } from '../upstream-fault.ts'

/** Codes of `ResponseError` that blame what the caller sent. */
const rejections =
  /^(?:invalid_prompt|invalid_.*image.*|image_.*|empty_image_file|unsupported_image.*|failed_to_download_image|bio_policy|misalignment_policy_violation|data_residency_mismatch)$/

/** The error of an `error` event, or of any object with an `error`. */
export function eventError(event: JsonObject, target: WireTarget): HubError {
  // Its `type` is that of the event, and says nothing.
  const { type: _, ...fields } = event
  const found: Fault = { ...readFault(isJsonObject(fields.error) ? event : fields) }
  const { code = '', status } = found
  if (status === undefined && rejections.test(code)) found.status = 400
  if (status === undefined && code === 'vector_store_timeout') found.status = 504
  return faultError(found, target)
}

/** The error a response object ended with, or undefined when it did not. */
export function responseError(response: JsonObject, target: WireTarget): HubError | undefined {
  const { status, error } = response
  const reports = isJsonObject(error) || typeof error === 'string'
  if (reports || status === 'failed') {
    // A code may stand beside an error that is only a text (xAI).
    const beside = typeof error === 'string' ? { code: response.code ?? null } : {}
    return eventError({ ...beside, error: error ?? {} }, target)
  }
  if (status !== 'cancelled') return undefined
  return new HubError(
    'upstream_failed',
    `${target.provider} cancelled its answer before it was complete. Try again.`,
  )
}

/** What callers are told in an `error` event. */
export function errorEvent(error: HubError, sequenceNumber: number): string {
  const { error: told } = JSON.parse(writeOpenAiError(error, '')) as { error: JsonObject }
  const { code, message, param } = told
  const data = { type: 'error', code, message, param, sequence_number: sequenceNumber }
  return `event: error\ndata: ${JSON.stringify(data)}\n\n`
}
