// What whole and streamed answers have in common.

import type { Answer, ChatOutcome, Count } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import type { ConverseOptions } from './converse-request.ts'

const stopReasons: Readonly<Record<Answer['finish'], string>> = {
  stop: 'end_turn',
  stopSequence: 'stop_sequence',
  length: 'max_tokens',
  toolCalls: 'tool_use',
  refusal: 'content_filtered',
}

export function stopReasonOf({ finish }: Answer, { hasGuardrail }: ConverseOptions): string {
  return finish === 'refusal' && hasGuardrail ? 'guardrail_intervened' : stopReasons[finish]
}

/** What stands in the answer's text: a refusal is text, too. */
export function textOf({ text, refusal }: Answer): readonly string[] {
  return refusal === undefined ? text : [refusal]
}

export function toolUseId(random: Random): string {
  return `tooluse_${random.id(22)}`
}

/** A count that a fault has made absurd counts as nothing. */
function counted(count: Count | undefined): number {
  return typeof count === 'number' ? Math.max(0, count) : 0
}

/** Tokens read from the cache and written to it are no part of `inputTokens`. */
export function writeUsage(
  { usage }: ChatOutcome,
  { hasCachePoints }: ConverseOptions,
): JsonObject {
  if (!usage) return {}
  const { input, cached, cacheWrite5m, cacheWrite1h, output, total } = usage
  const lifetimes = [
    { ttl: '1h', inputTokens: counted(cacheWrite1h) },
    { ttl: '5m', inputTokens: counted(cacheWrite5m) },
  ].filter(({ inputTokens }) => inputTokens > 0)
  const written = counted(cacheWrite5m) + counted(cacheWrite1h)
  const uncached = typeof input === 'number' ? input - counted(cached) - written : input
  const usesCache = hasCachePoints || counted(cached) + written > 0
  return {
    usage: {
      inputTokens: uncached,
      outputTokens: output,
      totalTokens: total,
      ...(usesCache ? { cacheReadInputTokens: cached, cacheWriteInputTokens: written } : {}),
      ...(lifetimes.length > 0 ? { cacheDetails: lifetimes } : {}),
    },
  }
}

const msPerToken = 10

/** As long as it would take at a hundred tokens a second. */
export function latencyOf({ usage }: ChatOutcome): number {
  return counted(usage?.output) * msPerToken
}

/** The fields of the model's own answer that `responsePaths` point at, under `root`. */
export function writeMore(
  { stopSequence }: Answer,
  { responsePaths }: ConverseOptions,
  root: '' | '/delta',
): JsonObject {
  if (!responsePaths.includes(`${root}/stop_sequence`)) return {}
  const fields: JsonObject = { stop_sequence: stopSequence ?? null }
  return { additionalModelResponseFields: root === '' ? fields : { delta: fields } }
}

/** Arguments as an object: those that were cut off are none. */
export function inputOf(pieces: readonly string[]): JsonObject {
  try {
    const value: Json = JSON.parse(pieces.join(''))
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
