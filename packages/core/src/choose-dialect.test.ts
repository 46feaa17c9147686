import { openAiChat } from '@aigne-hub/dialects'
import type { ChatRequest, DialectId, Model } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { chooseDialect, dialectsFor } from './choose-dialect.ts'
import { host, model } from './testing/providers.ts'

const chat = openAiChat
const responses = { ...openAiChat, id: 'openai-responses' as const }
const { adapter } = host('lab', [])
const provider = { ...adapter, dialects: { chat: [chat, responses] } }

const asked: ChatRequest = { model: 'm', messages: [], sampling: {} }
const withTools: ChatRequest = { ...asked, tools: [{ type: 'function', name: 'f' }] }

function chosen(caller: DialectId, data: Partial<Model> = {}, request = asked): string | undefined {
  const known = { ...model('m'), ...data }
  return chooseDialect(dialectsFor(provider, known, 'chat'), caller, request, known)?.id
}

test('the caller’s own dialect goes before the one the provider prefers', () => {
  expect(chosen('openai-responses')).toBe('openai-responses')
  expect(chosen('openai-chat')).toBe('openai-chat')
  expect(chosen('gemini')).toBe('openai-chat')
})

test('a model is served in its own dialects only, in its own order', () => {
  expect(chosen('openai-chat', { dialects: ['openai-responses'] })).toBe('openai-responses')
  expect(chosen('gemini', { dialects: ['openai-responses', 'openai-chat'] })).toBe(
    'openai-responses',
  )
  expect(chosen('openai-chat', { dialects: ['ollama'] })).toBeUndefined()
})

describe('openai#3: a model that takes tools while it reasons in one dialect only', () => {
  const data: Partial<Model> = { toolDialects: ['openai-responses'] }

  test('is asked there when there are tools', () => {
    expect(chosen('openai-chat', data, withTools)).toBe('openai-responses')
    expect(chosen('gemini', data, withTools)).toBe('openai-responses')
  })

  test('is asked as usual without tools, or when it is told not to reason', () => {
    expect(chosen('openai-chat', data)).toBe('openai-chat')
    const idle = { ...withTools, reasoning: { effort: 'none' } }
    expect(chosen('openai-chat', data, idle)).toBe('openai-chat')
  })
})

test('dialects of a model concern chat alone', () => {
  const { dialects } = adapter
  expect(dialectsFor(adapter, { ...model('m'), dialects: ['gemini'] }, 'embeddings')).toEqual(
    dialects.embeddings,
  )
})
