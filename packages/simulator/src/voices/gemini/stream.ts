import type { Answer, ChatOutcome, Question } from '../../behaviour/chat-types.ts'
import type { JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import type { Step } from '../../reply.ts'
import type { VoiceContext } from '../voice.ts'
import {
  callParts,
  finishReason,
  promptFeedback,
  textSignature,
  writeLogprobs,
} from './candidate.ts'
import type { ContentOptions } from './request.ts'
import { type Spent, writeUsage } from './usage.ts'

/** Google's chunks are longer than a token. */
const tokensPerChunk = 4

/** One chunk of one candidate, and how many tokens it is worth. */
interface Piece {
  candidate: JsonObject
  thoughts: number
  candidates: number
}

/** A stream of `GenerateContentResponse`: server-sent events, or one array that grows. */
export function writeContentStream(
  question: Question,
  { answers, usage }: ChatOutcome,
  options: ContentOptions,
  { random }: VoiceContext,
  isEvents: boolean,
): Step[] {
  const last = { modelVersion: question.model, responseId: random.id(22) }
  const isBlocked = answers.some(({ finish }) => finish === 'refusal')
  const { host } = options
  const chunks: Chunk[] = []
  const add = (response: JsonObject, metadata: JsonObject | undefined, tokens: number) => {
    const usageMetadata = metadata ? { usageMetadata: metadata } : {}
    chunks.push({ json: { ...response, ...usageMetadata, ...last }, tokens })
  }
  if (isBlocked) add({ promptFeedback }, usage && writeUsage(usage, question, host), 0)
  else {
    const pieces = interleave(answers, options, random)
    const spent: Spent = { thoughts: 0, candidates: 0 }
    pieces.forEach(({ candidate, thoughts, candidates }, at) => {
      spent.thoughts += thoughts
      spent.candidates += candidates
      const isLast = at === pieces.length - 1
      const metadata = usage && writeUsage(usage, question, host, isLast ? undefined : spent)
      add({ candidates: [candidate] }, metadata, thoughts + candidates)
    })
  }
  return framed(chunks, isEvents)
}

/** One response of a stream, and how many tokens it is worth. */
interface Chunk {
  json: JsonObject
  tokens: number
}

/** Server-sent events, or one array that grows. */
export function framed(chunks: readonly Chunk[], isEvents: boolean): Step[] {
  return chunks.map(({ json, tokens }, at) => {
    const text = JSON.stringify(json)
    if (isEvents) return { send: `data: ${text}\n\n`, tokens }
    const end = at === chunks.length - 1 ? ']' : ''
    return { send: `${at === 0 ? '[' : ',\r\n'}${text}${end}`, tokens }
  })
}

/** The chunks of several candidates take turns. */
function interleave(answers: readonly Answer[], options: ContentOptions, random: Random): Piece[] {
  const streams = answers.map((answer, index) => piecesOf(answer, index, options, random))
  const longest = Math.max(...streams.map((stream) => stream.length))
  const pieces: Piece[] = []
  for (let at = 0; at < longest; at++) {
    for (const stream of streams) {
      const piece = stream[at]
      if (piece) pieces.push(piece)
    }
  }
  return pieces
}

function chunksOf(tokens: readonly string[]): string[][] {
  const chunks: string[][] = []
  for (let at = 0; at < tokens.length; at += tokensPerChunk) {
    chunks.push(tokens.slice(at, at + tokensPerChunk))
  }
  return chunks
}

/** The last one only says that it is over, and carries the signature of an answer in words. */
function piecesOf(answer: Answer, index: number, options: ContentOptions, random: Random): Piece[] {
  const pieces: Piece[] = []
  const add = (part: JsonObject, counts: Omit<Piece, 'candidate'>, more: JsonObject = {}) => {
    const content = { parts: [part], role: 'model' }
    pieces.push({ candidate: { content, index, ...more }, ...counts })
  }
  for (const tokens of chunksOf(answer.reasoning)) {
    const counts = { thoughts: tokens.length, candidates: 0 }
    if (options.includeThoughts) add({ text: tokens.join(''), thought: true }, counts)
  }
  // Thoughts that are not told still take their time: the next chunk comes after them.
  let untold = options.includeThoughts ? 0 : answer.reasoning.length
  const told = (candidates: number) => {
    const counts = { thoughts: untold, candidates }
    untold = 0
    return counts
  }
  for (const tokens of chunksOf(answer.text)) {
    add({ text: tokens.join('') }, told(tokens.length), writeLogprobs(tokens, options))
  }
  for (const { part, tokens } of callParts(answer, options, random)) add(part, told(tokens))
  const reason = { finishReason: finishReason(answer) }
  if (pieces.length === 0) {
    // Cut off while it was thought about: there are no parts at all.
    return [{ candidate: { content: { role: 'model' }, index, ...reason }, ...told(0) }]
  }
  const signature = answer.text.length > 0 ? textSignature(answer, options) : {}
  add({ text: '', ...signature }, told(0), reason)
  return pieces
}
