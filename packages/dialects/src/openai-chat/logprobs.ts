import { isJsonObject, type Json, type TokenLogprob } from '@aigne-hub/protocol'

function readBytes(value: Json | undefined): number[] | null {
  return Array.isArray(value) ? value.filter((byte) => typeof byte === 'number') : null
}

/** A list of tokens with their probabilities, or undefined when there is none. */
export function readLogprobs(value: Json | undefined): TokenLogprob[] | undefined {
  if (!Array.isArray(value)) return undefined
  const tokens: TokenLogprob[] = []
  for (const item of value) {
    if (!isJsonObject(item) || typeof item.token !== 'string') continue
    const alternatives = Array.isArray(item.top_logprobs) ? item.top_logprobs : []
    tokens.push({
      ...readToken(item.token, item.logprob, item.bytes),
      top: alternatives
        .filter(isJsonObject)
        .map(({ token, logprob, bytes }) => readToken(String(token), logprob, bytes)),
    })
  }
  return tokens.length > 0 ? tokens : undefined
}

function readToken(token: string, logprob: Json | undefined, bytes: Json | undefined) {
  // -9999 is OpenAI's own value for "too unlikely to tell".
  return { token, logprob: typeof logprob === 'number' ? logprob : -9999, bytes: readBytes(bytes) }
}

export function writeLogprobs(tokens: readonly TokenLogprob[]): Json[] {
  return tokens.map(({ token, logprob, bytes, top }) => ({
    token,
    logprob,
    bytes,
    top_logprobs: top.map((alternative) => ({ ...alternative })),
  }))
}
