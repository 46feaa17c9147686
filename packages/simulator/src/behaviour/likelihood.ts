import { hash } from '../random.ts'

export interface TokenLikelihood {
  token: string
  /** Natural logarithm of its probability. */
  logprob: number
}

const alternatives = [' the', ' a', ' and', '.', ',', ' of', ' to', ' in', ' is', ' it', ' that']

/** How likely a token of an answer was. */
export function likelihoodOf(token: string): TokenLikelihood {
  return { token, logprob: -(1 + (hash(token) % 99)) / 1000 }
}

/** The `top` likeliest tokens in place of `token`; it is itself always the first. */
export function likeliest(token: string, top: number): TokenLikelihood[] {
  const { logprob } = likelihoodOf(token)
  const tokens = [token, ...alternatives.filter((other) => other !== token)]
  while (tokens.length < top) tokens.push(` ${tokens.length}`)
  return tokens.slice(0, top).map((other, at) => ({ token: other, logprob: logprob - 3 * at }))
}
