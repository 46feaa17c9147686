// Failures inside a chat answer whose HTTP status was 200.

import { HubError, isJsonObject, type JsonObject, type WireTarget } from '@aigne-hub/protocol'
import { readFault } from '../openai-errors.ts'
import { faultError } from '../upstream-fault.ts'
import { readFinishReason } from './finish-reason.ts'

/**
 * The error a chunk reports, or undefined when it is an ordinary one. Such a chunk has `error` at its
 * top (OpenRouter puts a choice beside it), or arrives as an SSE event of that name.
 */
export function chunkError(
  chunk: JsonObject,
  eventName: string | undefined,
  target: WireTarget,
): HubError | undefined {
  const { error } = chunk
  const reports = isJsonObject(error) || typeof error === 'string'
  if (!reports && eventName !== 'error') return undefined
  return faultError(readFault(chunk) ?? {}, target)
}

/** The error that a choice ended with: its own `error` (OpenRouter), or a finish reason that means one. */
export function choiceError(choice: JsonObject, target: WireTarget): HubError | undefined {
  const { error, finish_reason: reason } = choice
  if (isJsonObject(error)) return faultError(readFault(choice) ?? {}, target)
  if (typeof reason !== 'string' || readFinishReason(reason, false) !== 'error') return undefined
  return new HubError(
    'upstream_failed',
    `${target.provider} gave up in the middle of its answer ("${reason}"). Try again.`,
  )
}
