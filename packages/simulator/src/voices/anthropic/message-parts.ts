// What whole and streamed messages have in common.

import type { Answer, Count, ToolCall, Usage } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'

const stopReasons: Readonly<Record<Answer['finish'], string>> = {
  stop: 'end_turn',
  stopSequence: 'stop_sequence',
  length: 'max_tokens',
  toolCalls: 'tool_use',
  refusal: 'refusal',
}

/** Why the answer ends. */
export function writeStop({ finish, stopSequence, refusal }: Answer): JsonObject {
  return {
    stop_reason: stopReasons[finish],
    stop_sequence: stopSequence ?? null,
    ...(refusal === undefined
      ? {}
      : { stop_details: { type: 'refusal', category: null, explanation: refusal } }),
  }
}

/** A count that a fault has made absurd counts as nothing. */
function counted(count: Count | undefined): number {
  return typeof count === 'number' ? Math.max(0, count) : 0
}

/** Here, tokens read from the cache and written to it are no part of `input_tokens`. */
export function writeUsage(usage: Partial<Usage>, output: Count | undefined): JsonObject {
  const { input, cached, cacheWrite5m, cacheWrite1h } = usage
  const written = counted(cacheWrite5m) + counted(cacheWrite1h)
  const uncached = typeof input === 'number' ? input - counted(cached) - written : input
  return {
    ...(input === undefined ? {} : { input_tokens: uncached }),
    ...(cached === undefined
      ? {}
      : {
          cache_creation_input_tokens: written,
          cache_read_input_tokens: cached,
          cache_creation: {
            ephemeral_5m_input_tokens: counted(cacheWrite5m),
            ephemeral_1h_input_tokens: counted(cacheWrite1h),
          },
        }),
    ...(output === undefined ? {} : { output_tokens: output }),
  }
}

/** Everything that was counted, at the end of an answer. */
export function writeFinalUsage(usage: Partial<Usage>): JsonObject {
  const { output, reasoning } = usage
  return {
    ...writeUsage(usage, output),
    ...(reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoning } }),
  }
}

export const tier: JsonObject = { service_tier: 'standard', inference_geo: 'global' }

export function messageId(random: Random): string {
  return `msg_01${random.id(22)}`
}

export function callId(random: Random): string {
  return `toolu_01${random.id(22)}`
}

/** A call's arguments as an object: those that were cut off are none. */
export function inputOf({ input }: ToolCall): JsonObject {
  try {
    const value: Json = JSON.parse(input.join(''))
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
