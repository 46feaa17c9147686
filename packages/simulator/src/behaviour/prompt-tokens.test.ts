import { expect, test } from 'vitest'
import type { Question, Turn } from './chat-types.ts'
import { cacheUsage, promptTokens } from './prompt-tokens.ts'

const turn = (role: Turn['role'], words: number): Turn => ({
  role,
  text: 'word '.repeat(words).trim(),
  images: [],
  attachmentTokens: 0,
  calls: [],
})

function asked(turns: Turn[], more: Partial<Question> = {}): Question {
  return {
    model: 'chat',
    turns,
    tools: [],
    toolChoice: 'auto',
    parallelToolCalls: true,
    format: { type: 'text' },
    maxTokens: undefined,
    stop: [],
    choices: 1,
    seed: undefined,
    effort: undefined,
    ...more,
  }
}

const usageOf = (question: Question) => cacheUsage(question, 'chat', promptTokens(question))
const long = turn('user', 2000)
const longTokens = 2004

test('thoughts that come back are counted', () => {
  const bare = asked([turn('user', 1), turn('assistant', 1)])
  const [first, second] = bare.turns
  const thoughtful = asked([first as Turn, { ...(second as Turn), reasoning: [{ text: 'a b c' }] }])
  expect(promptTokens(thoughtful)).toBe(promptTokens(bare) + 3)
})

test('where callers mark, what is marked is written, and read once it was sent before', () => {
  expect(usageOf(asked([long], { cachePrefix: 1 }))).toEqual({
    cached: 0,
    cacheWrite5m: longTokens,
    cacheWrite1h: 0,
  })
  const later = [long, turn('assistant', 1), turn('user', 6)]
  expect(usageOf(asked(later, { cachePrefix: 3, cacheLifetime: '1h' }))).toEqual({
    cached: longTokens,
    cacheWrite5m: 0,
    cacheWrite1h: 5 + 10,
  })
})

test('where callers mark, nothing else is cached, and nothing short', () => {
  const nothing = { cached: 0, cacheWrite5m: 0, cacheWrite1h: 0 }
  expect(usageOf(asked([long, turn('assistant', 1), turn('user', 1)], { cachePrefix: 0 }))).toEqual(
    nothing,
  )
  expect(usageOf(asked([turn('user', 100)], { cachePrefix: 1 }))).toEqual(nothing)
})
