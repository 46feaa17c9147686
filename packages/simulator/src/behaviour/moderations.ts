import { hash } from '../random.ts'
import { countTokens } from '../tokens.ts'
import type { Usage } from './chat-types.ts'
import { wordsIn } from './words.ts'

export interface ModerationsQuestion {
  model: string
  /** Each is judged by itself. */
  texts: string[]
}

/** The words that give a text away. */
const tellingWords = {
  violence: 'attack kill murder bomb shoot stab',
  hate: 'hate inferior vermin',
  harassment: 'idiot stupid loser',
  selfHarm: 'suicide overdose',
  sexual: 'porn nude',
  illicit: 'steal hack counterfeit',
} as const

export type HarmKind = keyof typeof tellingWords
export const harmKinds = Object.keys(tellingWords) as HarmKind[]

export interface Judgement {
  /** 0 … 1; at least a half is a hit. */
  scores: Record<HarmKind, number>
}

export interface ModerationsOutcome {
  judgements: Judgement[]
  usage: Partial<Usage> | undefined
}

const words: readonly [HarmKind, readonly string[]][] = harmKinds.map((kind) => [
  kind,
  tellingWords[kind].split(' '),
])

/** Flags texts with certain words in them, such as "attack". */
export function answerModerations(
  { texts }: ModerationsQuestion,
  seed: number,
): ModerationsOutcome {
  const judgements = texts.map((text) => ({ scores: scoresOf(text, seed) }))
  const input = texts.reduce((sum, text) => sum + countTokens(text), 0)
  return { judgements, usage: { input, total: input } }
}

function scoresOf(text: string, seed: number): Judgement['scores'] {
  const said = wordsIn(text)
  const scores = words.map(([kind, telling]) => {
    const hits = telling.filter((word) => said.has(word)).length
    const noise = (hash(`${kind} ${text}`, seed) % 1000) / 100_000
    return [kind, hits === 0 ? noise : Math.min(0.99, 0.85 + 0.05 * hits + noise)]
  })
  return Object.fromEntries(scores) as Judgement['scores']
}
