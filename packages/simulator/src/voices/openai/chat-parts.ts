// What whole and streamed chat answers have in common.

import type { Answer, Usage } from '../../behaviour/chat-types.ts'
import { likeliest, likelihoodOf, type TokenLikelihood } from '../../behaviour/likelihood.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'

export const fingerprint = 'fp_simulator'

export const finishReasons: Readonly<Record<Answer['finish'], string>> = {
  stop: 'stop',
  stopSequence: 'stop',
  // A refusal shows in the message alone.
  refusal: 'stop',
  length: 'length',
  toolCalls: 'tool_calls',
}

export function writeUsage(usage: Partial<Usage>): JsonObject {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.total,
    ...(usage.cached === undefined ? {} : { prompt_tokens_details: promptDetails(usage) }),
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

function promptDetails({ cached, cacheWrite5m }: Partial<Usage>): JsonObject {
  const written = cacheWrite5m === undefined ? {} : { cache_write_tokens: cacheWrite5m }
  return { cached_tokens: cached, ...written, audio_tokens: 0 }
}

/** The log-probability of one token, with `top` alternatives. */
export function writeLogprob(token: string, top: number): Json {
  return {
    ...writeLikelihood(likelihoodOf(token)),
    top_logprobs: likeliest(token, top).map(writeLikelihood),
  }
}

function writeLikelihood({ token, logprob }: TokenLikelihood): JsonObject {
  return { token, logprob, bytes: [...Buffer.from(token)] }
}

export function callId(random: Random): string {
  return `call_${random.id(24)}`
}
