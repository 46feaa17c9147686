import { countTokens } from '../tokens.ts'
import type { Usage } from './chat-types.ts'
import { wordsIn } from './words.ts'

export interface RerankQuestion {
  model: string
  query: string
  documents: string[]
  /** How many of the best, ≥ 1. */
  count: number
}

export interface RerankOutcome {
  /** The best first; `index` counts from 0 in `documents`, `score` is 0 … 1. */
  ranking: { index: number; score: number }[]
  usage: Partial<Usage> | undefined
}

/** A document is better the more words it shares with the query; of equals the earlier comes first. */
export function answerRerank({ query, documents, count }: RerankQuestion): RerankOutcome {
  const wanted = wordsIn(query)
  const ranking = documents.map((text, index) => ({ index, score: overlap(wanted, wordsIn(text)) }))
  ranking.sort((one, other) => other.score - one.score || one.index - other.index)
  const input = documents.reduce((sum, text) => sum + countTokens(text), countTokens(query))
  return { ranking: ranking.slice(0, count), usage: { input, total: input } }
}

/** The cosine of two sets: 1 for equal ones, 0 for those with nothing in common. */
function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size === 0 || other.size === 0) return 0
  let shared = 0
  for (const word of one) if (other.has(word)) shared++
  return shared / Math.sqrt(one.size * other.size)
}
