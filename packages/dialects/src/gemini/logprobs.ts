import { isJsonObject, type Json, type JsonObject, type TokenLogprob } from '@aigne-hub/protocol'

/** `logprobsResult`: the chosen tokens, and beside each its alternatives. */
export function readLogprobs(result: Json | undefined): TokenLogprob[] | undefined {
  if (!isJsonObject(result) || !Array.isArray(result.chosenCandidates)) return undefined
  const alternatives = Array.isArray(result.topCandidates) ? result.topCandidates : []
  const tokens = result.chosenCandidates.filter(isJsonObject).map((chosen, at) => {
    const step = alternatives[at]
    const top = isJsonObject(step) && Array.isArray(step.candidates) ? step.candidates : []
    return { ...readToken(chosen), top: top.filter(isJsonObject).map(readToken) }
  })
  return tokens.length > 0 ? tokens : undefined
}

function readToken({ token, logProbability }: JsonObject) {
  return {
    token: typeof token === 'string' ? token : '',
    // Google leaves a zero out.
    logprob: typeof logProbability === 'number' ? logProbability : 0,
    bytes: null,
  }
}

const written = ({ token, logprob }: { token: string; logprob: number }): JsonObject => ({
  token,
  logProbability: logprob,
})

export function writeLogprobs(tokens: readonly TokenLogprob[]): JsonObject {
  return {
    chosenCandidates: tokens.map(written),
    topCandidates: tokens.map(({ top }) => ({ candidates: top.map(written) })),
  }
}
