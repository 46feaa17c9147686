// What whole and streamed answers have in common.

import type { Answer, ToolCall } from '../../behaviour/chat-types.ts'
import { likeliest, likelihoodOf, type TokenLikelihood } from '../../behaviour/likelihood.ts'
import { signatureOf } from '../../behaviour/signature.ts'
import { isObject, type JsonObject } from '../../json.ts'
import { hash, type Random } from '../../random.ts'
import type { ContentOptions } from './request.ts'

/** Calls end an answer like anything else. */
export function finishReason({ finish }: Answer): string {
  return finish === 'length' ? 'MAX_TOKENS' : 'STOP'
}

/** Instead of candidates, when the request itself is refused. */
export const promptFeedback: JsonObject = {
  blockReason: 'SAFETY',
  safetyRatings: [
    { category: 'HARM_CATEGORY_DANGEROUS_CONTENT', probability: 'HIGH', blocked: true },
  ],
}

/** Proves where an answer comes from; undefined for a model that does not sign. */
function signatureFor(answer: Answer, { signs }: ContentOptions): string | undefined {
  return signs ? (answer.signature ?? signatureOf('')) : undefined
}

/** What goes on the last part of an answer in words: only one that was thought about is signed. */
export function textSignature(answer: Answer, options: ContentOptions): JsonObject {
  const signature = signatureFor(answer, options)
  if (signature === undefined || answer.signature === undefined) return {}
  return { thoughtSignature: signature }
}

/** A call with the tokens it took. */
interface CallPart {
  part: JsonObject
  tokens: number
}

/** Only the first of calls made at once is signed; one that was cut off is no call. */
export function callParts(answer: Answer, options: ContentOptions, random: Random): CallPart[] {
  const signature = signatureFor(answer, options)
  const parts: CallPart[] = []
  for (const call of answer.calls) {
    const args = argumentsOf(call)
    if (args === undefined) continue
    const signed =
      parts.length === 0 && signature !== undefined ? { thoughtSignature: signature } : {}
    // Vertex gives calls no ids, and takes none.
    const id = options.host === 'vertex' ? {} : { id: random.id(8) }
    const functionCall = { ...id, name: call.name, args }
    parts.push({ part: { functionCall, ...signed }, tokens: call.input.length })
  }
  return parts
}

function argumentsOf({ input }: ToolCall): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(input.join(''))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const vocabulary = 262_144

function writeLikelihood({ token, logprob }: TokenLikelihood): JsonObject {
  return { token, tokenId: hash(token) % vocabulary, logProbability: logprob }
}

/** `avgLogprobs` and `logprobsResult` of these tokens; nothing when they are not asked for. */
export function writeLogprobs(
  tokens: readonly string[],
  { topLogprobs }: ContentOptions,
): JsonObject {
  if (topLogprobs === undefined || tokens.length === 0) return {}
  const chosen = tokens.map(likelihoodOf)
  const sum = chosen.reduce((total, { logprob }) => total + logprob, 0)
  return {
    avgLogprobs: sum / tokens.length,
    logprobsResult: {
      topCandidates: tokens.map((token) => ({
        candidates: likeliest(token, topLogprobs).map(writeLikelihood),
      })),
      chosenCandidates: chosen.map(writeLikelihood),
      logProbabilitySum: sum,
    },
  }
}
