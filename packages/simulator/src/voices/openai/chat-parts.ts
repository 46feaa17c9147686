// What whole and streamed chat answers have in common.

import type { Answer, Usage } from '../../behaviour/chat-types.ts'
import type { Json, JsonObject } from '../../json.ts'
import { hash, type Random } from '../../random.ts'

export const fingerprint = 'fp_simulator'

export const finishReasons: Readonly<Record<Answer['finish'], string>> = {
  stop: 'stop',
  length: 'length',
  toolCalls: 'tool_calls',
}

export function writeUsage(usage: Partial<Usage>): JsonObject {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.total,
    ...(usage.cached === undefined
      ? {}
      : { prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 } }),
    ...(usage.reasoning === undefined
      ? {}
      : {
          completion_tokens_details: {
            reasoning_tokens: usage.reasoning,
            audio_tokens: 0,
            accepted_prediction_tokens: 0,
            rejected_prediction_tokens: 0,
          },
        }),
  }
}

const alternatives = [' the', ' a', ' and', '.', ',', ' of', ' to', ' in', ' is', ' it', ' that']

/** The log-probability of one token, with `top` alternatives; the token itself is always the likeliest. */
export function writeLogprob(token: string, top: number): Json {
  const logprob = -(1 + (hash(token) % 99)) / 1000
  const others = [token, ...alternatives.filter((other) => other !== token)]
  while (others.length < top) others.push(` ${others.length}`)
  return {
    ...probability(token, logprob),
    top_logprobs: others.slice(0, top).map((other, at) => probability(other, logprob - 3 * at)),
  }
}

function probability(token: string, logprob: number): JsonObject {
  return { token, logprob, bytes: [...Buffer.from(token)] }
}

export function callId(random: Random): string {
  return `call_${random.id(24)}`
}
