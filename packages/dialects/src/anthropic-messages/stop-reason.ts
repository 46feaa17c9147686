import { type FinishReason, isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'

const reasons = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'toolCalls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'contentFilter'],
  ['pause_turn', 'pause'],
  ['compaction', 'pause'],
])

export interface Finish {
  reason: FinishReason
  raw: string
  stopSequence?: string
  details?: Json
}

/**
 * How an answer ended, from a message or the delta of one.
 * @param hasCalls whether it calls tools; an answer in JSON is asked for as a call and is none.
 */
export function readFinish(wire: JsonObject, hasCalls: boolean): Finish {
  const { stop_reason: word, stop_sequence: sequence, stop_details: details } = wire
  const raw = typeof word === 'string' ? word : ''
  const known = reasons.get(raw) ?? 'stop'
  const finish: Finish = { reason: known === 'toolCalls' && !hasCalls ? 'stop' : known, raw }
  if (typeof sequence === 'string') finish.stopSequence = sequence
  if (isJsonObject(details)) finish.details = details
  return finish
}

const words: Record<FinishReason, string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  toolCalls: 'tool_use',
  contentFilter: 'refusal',
  pause: 'pause_turn',
  error: 'end_turn',
}

/** @param isRefused the model refused in words of its own, which other dialects tell apart from text. */
export function writeFinish(finish: Finish | undefined, isRefused: boolean): JsonObject {
  const { reason, raw, stopSequence, details } = finish ?? { reason: 'stop', raw: '' }
  let word = words[reason]
  if (reasons.get(raw) === reason) word = raw
  else if (reason === 'stop' && stopSequence !== undefined) word = 'stop_sequence'
  if (isRefused && reason === 'stop') word = 'refusal'
  const wire: JsonObject = { stop_reason: word, stop_sequence: stopSequence ?? null }
  if (word === 'refusal') {
    const isOwn = isJsonObject(details) && details.type === 'refusal'
    wire.stop_details = isOwn ? details : { type: 'refusal', category: null, explanation: null }
  }
  return wire
}
