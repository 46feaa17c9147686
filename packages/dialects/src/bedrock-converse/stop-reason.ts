import {
  type FinishReason,
  HubError,
  isJsonObject,
  type JsonObject,
  type WireTarget,
} from '@aigne-hub/protocol'

const reasons = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'toolCalls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  // The text beside it is what the guardrail says instead of the model.
  ['guardrail_intervened', 'contentFilter'],
  ['content_filtered', 'contentFilter'],
  ['malformed_model_output', 'error'],
  ['malformed_tool_use', 'error'],
])

export interface Finish {
  reason: FinishReason
  raw: string
  stopSequence?: string
}

/**
 * How an answer ended, from a whole answer or from `messageStop`.
 * @param hasCalls whether it calls tools; an answer in JSON is asked for as a call and is none.
 * @throws HubError `upstream_failed` when the model made something that is no answer.
 */
export function readFinish(wire: JsonObject, hasCalls: boolean, target: WireTarget): Finish {
  const raw = typeof wire.stopReason === 'string' ? wire.stopReason : ''
  const known = reasons.get(raw) ?? 'stop'
  if (known === 'error') {
    throw new HubError(
      'upstream_failed',
      `${target.provider} gave up in the middle of its answer ("${raw}"). Try again.`,
    )
  }
  const isDone = known === 'stop' || known === 'toolCalls'
  const finish: Finish = { reason: isDone ? (hasCalls ? 'toolCalls' : 'stop') : known, raw }
  const sequence = stopSequenceOf(wire)
  if (sequence !== undefined) finish.stopSequence = sequence
  return finish
}

/** Asked for as `/stop_sequence` of a whole answer, and as `/delta/stop_sequence` of a stream. */
function stopSequenceOf({ additionalModelResponseFields: fields }: JsonObject): string | undefined {
  if (!isJsonObject(fields)) return undefined
  const inner = isJsonObject(fields.delta) ? fields.delta : fields
  return typeof inner.stop_sequence === 'string' ? inner.stop_sequence : undefined
}
