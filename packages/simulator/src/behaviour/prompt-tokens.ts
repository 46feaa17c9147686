import { countTokens } from '../tokens.ts'
import type { Question, Turn, Usage } from './chat-types.ts'
import { imageTokens } from './image-tokens.ts'
import type { Persona } from './models.ts'

/** What every message costs beside its text, and every request beside its messages. */
const tokensPerTurn = 4
const tokensPerRequest = 3

function turnTokens(turn: Turn): number {
  let tokens = tokensPerTurn + countTokens(turn.text) + turn.attachmentTokens
  for (const image of turn.images) tokens += imageTokens(image)
  for (const { name, input } of turn.calls) tokens += countTokens(name) + countTokens(input)
  for (const { text } of turn.reasoning ?? []) tokens += countTokens(text)
  return tokens
}

function tokensOf(turns: readonly Turn[]): number {
  return turns.reduce((sum, turn) => sum + turnTokens(turn), 0)
}

/** What a request costs before anything is answered. */
export function promptTokens({ turns, tools, format }: Question): number {
  let tokens = tokensPerRequest + tokensOf(turns)
  for (const { name, description, schema } of tools) {
    tokens += countTokens(name) + countTokens(description) + countTokens(JSON.stringify(schema))
  }
  if (format.type === 'schema') tokens += countTokens(JSON.stringify(format.schema))
  return tokens
}

const cacheFloor = 1024
const cacheStep = 128

type CacheUsage = Pick<Usage, 'cached' | 'cacheWrite5m' | 'cacheWrite1h'>

/**
 * What a provider's prompt cache would know: everything before the assistant's last turn has been
 * sent before. A cache that works by itself goes in steps of 128 from 1024 tokens on, as OpenAI's
 * prompt caching guide has it, and tells nothing of writes; one that callers mark knows what is marked.
 */
export function cacheUsage(question: Question, persona: Persona, input: number): CacheUsage {
  const { turns, cachePrefix, cacheLifetime } = question
  if (persona === 'cached') return eagerCache(input, cachePrefix !== undefined)
  const sentBefore = Math.max(
    0,
    turns.findLastIndex(({ role }) => role === 'assistant'),
  )
  if (cachePrefix === undefined) {
    const known = tokensOf(turns.slice(0, sentBefore))
    return { cached: known < cacheFloor ? 0 : known - (known % cacheStep) }
  }
  const marked = tokensOf(turns.slice(0, cachePrefix))
  if (marked < cacheFloor) return { cached: 0, cacheWrite5m: 0, cacheWrite1h: 0 }
  const cached = tokensOf(turns.slice(0, Math.min(sentBefore, cachePrefix)))
  return { cached, ...lifetimes(marked - cached, cacheLifetime === '1h' ? marked - cached : 0) }
}

/** Half of the request is read and a quarter written, whatever it is: a third of that for an hour. */
function eagerCache(input: number, hasLifetimes: boolean): CacheUsage {
  const written = Math.ceil(input / 4)
  const cached = Math.floor(input / 2)
  if (!hasLifetimes) return { cached, cacheWrite5m: written }
  return { cached, ...lifetimes(written, Math.ceil(written / 3)) }
}

function lifetimes(written: number, forAnHour: number) {
  return { cacheWrite5m: written - forAnHour, cacheWrite1h: forAnHour }
}
