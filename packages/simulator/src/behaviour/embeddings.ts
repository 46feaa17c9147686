import { createRandom, hash } from '../random.ts'
import { countTokens } from '../tokens.ts'
import type { Usage } from './chat-types.ts'
import { wordsIn } from './words.ts'

export interface EmbeddingsQuestion {
  model: string
  /** Text, or the ids of its tokens. */
  inputs: (string | number[])[]
  /** 1 … 256. */
  dimensions: number
}

export interface EmbeddingsOutcome {
  vectors: Float32Array[]
  usage: Partial<Usage> | undefined
}

/** Vectors of unit length: texts that share words, or pieces of words, are closer. */
export function answerEmbeddings(question: EmbeddingsQuestion, seed: number): EmbeddingsOutcome {
  const { inputs, dimensions } = question
  const vectors = inputs.map((input) => vectorOf(input, dimensions, seed))
  const input = inputs.reduce<number>((sum, one) => sum + embeddingTokens(one), 0)
  return { vectors, usage: { input, total: input } }
}

export function embeddingTokens(input: string | number[]): number {
  return typeof input === 'string' ? countTokens(input) : input.length
}

const wordWeight = 1
const pieceWeight = 0.35

function vectorOf(input: string | number[], dimensions: number, seed: number): Float32Array {
  const sums = new Float64Array(dimensions)
  // A feature's place and sign come from its hash, so unlike features rarely meet and cancel out.
  const add = (feature: string, weight: number) => {
    const word = hash(feature, seed)
    const at = (word >>> 1) % dimensions
    sums[at] = (sums[at] ?? 0) + (word & 1 ? weight : -weight)
  }
  if (typeof input === 'string') addText(input, add)
  else addTokenIds(input, add)
  return unitLength(sums, createRandom(hash(String(input), seed)).below(dimensions))
}

type Add = (feature: string, weight: number) => void

function addText(text: string, add: Add): void {
  for (const word of wordsIn(text.normalize('NFKC'))) {
    add(word, wordWeight)
    const padded = `^${word}$`
    for (let at = 0; at + 3 <= padded.length; at++) add(`#${padded.slice(at, at + 3)}`, pieceWeight)
  }
}

function addTokenIds(ids: readonly number[], add: Add): void {
  ids.forEach((id, at) => {
    add(`id ${id}`, wordWeight)
    add(`id ${id} ${ids[at + 1]}`, pieceWeight)
  })
}

/** `fallback` is the one place that is not zero when nothing else is. */
function unitLength(sums: Float64Array, fallback: number): Float32Array {
  const norm = Math.hypot(...sums)
  const vector = new Float32Array(sums.length)
  if (norm === 0) vector[fallback] = 1
  else
    sums.forEach((sum, at) => {
      vector[at] = sum / norm
    })
  return vector
}
