// The oddities of Groq's API, numbered, as far as a chat dialect shows them.

import type { Quirks } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bodyOf } from '../../testing/bytes.ts'
import { answer, chatWith, chunk, streamOf, tool, user } from '../../testing/chat-exchange.ts'
import { openAiChat } from '../index.ts'

const quirks: Quirks = {
  maxTokensField: 'max_completion_tokens',
  noJsonWithTools: true,
  noAllowedTools: true,
  unsupported: ['n', 'logprobs', 'logit_bias', 'presence_penalty', 'messages.name', 'metadata'],
}
const server = chatWith(quirks)
const asking = (fields: object = {}) => ({ model: 'm1', messages: [user('Hi.')], ...fields })

describe('groq#1: usage of a stream stands in x_groq', () => {
  const usage = {
    ...{ prompt_tokens: 70, completion_tokens: 12, total_tokens: 82, queue_time: 0.01 },
    prompt_tokens_details: { cached_tokens: 64 },
  }
  const read = { input: 70, cacheRead: 64, output: 12 }
  const groq = { x_groq: { id: 'req_1', usage } }

  test('it is read, and seen go by', () => {
    const first = chunk({ role: 'assistant', content: '' }, null, { x_groq: { id: 'req_1' } })
    const stream = streamOf(first, chunk({ content: 'Hi' }), chunk({}, 'stop', groq))
    expect(server.folded(stream).usage).toMatchObject(read)
    expect(server.passed(stream)).toMatchObject({ text: stream, usage: read, error: undefined })
  })

  test('a chunk of its own says it again', () => {
    const last = { id: 'a1', choices: [], usage }
    const stream = streamOf(chunk({ content: 'Hi' }), chunk({}, 'stop', groq), last)
    expect(server.folded(stream).usage).toMatchObject(read)
    expect(server.passed(stream).text).not.toContain('"choices":[]')
  })

  test('a whole answer has it in its place', () => {
    const whole = answer({ content: 'Hi' }, 'stop', { usage, x_groq: { id: 'req_1' } })
    expect(server.whole(whole).usage).toMatchObject(read)
    expect(server.wholeUsage(whole)).toMatchObject(read)
  })
})

describe('groq#2: JSON and tools are not asked for together', () => {
  const tools = [tool('a')]
  const format = {
    type: 'json_schema',
    json_schema: { name: 'place', schema: { type: 'object', required: ['city'] } },
  }

  test('any JSON is asked for in words', () => {
    const body = asking({ tools, response_format: { type: 'json_object' } })
    expect(server.relayed(body)).toBeUndefined()
    const { body: sent, dropped } = server.written(body)
    expect(sent).not.toHaveProperty('response_format')
    expect(sent).toMatchObject({ tools, messages: [{ role: 'system' }, {}] })
    expect(dropped).toEqual([])
  })

  test('a schema is refused, unless the caller would rather lose it', () => {
    const body = asking({ tools, response_format: format })
    const refusal = { code: 'unsupported_parameter', param: 'response_format' }
    expect(() => server.written(body)).toThrow(expect.objectContaining(refusal))
    const { body: sent, dropped } = chatWith(quirks, true).written(body)
    expect(dropped).toEqual(['response_format'])
    expect(JSON.stringify(sent.messages)).toContain('city')
  })

  test('either alone is passed on', () => {
    for (const body of [asking({ tools }), asking({ response_format: format })]) {
      expect(server.relayed(body)?.body).toEqual(body)
      expect(server.written(body).body).toEqual(body)
    }
  })
})

describe('groq#3: one answer only', () => {
  test.each(['written', 'relayed'] as const)('%s', (way) => {
    const refusal = { code: 'unsupported_parameter', param: 'n' }
    expect(() => server[way](asking({ n: 2 }))).toThrow(expect.objectContaining(refusal))
    expect(server[way](asking({ n: 1 }))).toEqual({ body: asking(), dropped: ['n'] })
  })
})

test('groq#4: 498 is a capacity that is used up', () => {
  const error = { message: 'Flex is full.', type: 'capacity', code: 'capacity_exceeded' }
  expect(server.failure(498, { error })).toMatchObject({
    code: 'upstream_overloaded',
    retryable: true,
  })
})

describe('groq#5: what the model wrote could not be read', () => {
  test.each(['tool_use_failed', 'json_validate_failed'])('%s may go better next time', (code) => {
    const error = {
      ...{ message: 'Failed to call a function.', type: 'invalid_request_error', code },
      failed_generation: '<function=secret>',
    }
    const failed = { code: 'upstream_failed', retryable: true, upstream: { status: 400, code } }
    const read = server.failure(400, { error })
    expect(read).toMatchObject(failed)
    expect(read.message).not.toContain('secret')
    const broken = `data: ${JSON.stringify(chunk({ content: 'H' }))}\n\ndata: ${JSON.stringify({ error })}\n\n`
    expect(server.streamed(broken).at(-1)).toMatchObject({ type: 'error', error: failed })
    expect(server.passed(broken).error).toMatchObject(failed)
  })
})

describe('groq#6: requests are limited by the day, tokens by the minute', () => {
  const limits = {
    ...{ 'x-ratelimit-remaining-requests': '14370', 'x-ratelimit-reset-requests': '2m59.56s' },
    ...{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '7.66s' },
  }
  const error = { message: 'Slow down.', type: 'tokens', code: 'rate_limit_exceeded' }

  test('the limit that is used up says how long to wait', () => {
    expect(server.failure(429, { error }, limits).retryAfterMs).toBe(7660)
    const requests = { ...limits, 'x-ratelimit-remaining-requests': '0' }
    expect(server.failure(429, { error }, requests).retryAfterMs).toBe(179_560)
    expect(server.failure(429, { error }, { ...limits, 'retry-after': '8' }).retryAfterMs).toBe(
      8000,
    )
  })

  test('a request that is too large for a minute is never tried again', () => {
    expect(server.failure(413, { error }, limits)).toMatchObject({
      code: 'upstream_rejected',
      status: 413,
      retryable: false,
    })
  })
})

test('groq#7: thoughts stand in "reasoning"', () => {
  const parts = [
    { type: 'reasoning', text: 'Ok' },
    { type: 'text', text: 'Hi' },
  ]
  expect(server.whole(answer({ content: 'Hi', reasoning: 'Ok' })).choices[0]?.parts).toEqual(parts)
  const stream = streamOf(
    chunk({ role: 'assistant', content: '', reasoning: 'Ok' }),
    chunk({ content: 'Hi' }, 'stop'),
  )
  expect(server.folded(stream).choices[0]?.parts).toEqual(parts)
})

test('groq#8: ids of models have slashes, which stay', () => {
  const target = { ...server.target, model: 'openai/gpt-oss-20b' }
  const request = openAiChat.readRequest(bodyOf(asking()), {})
  const { path, body } = openAiChat.writeRequest(request, target)
  expect(path).toBe('/chat/completions')
  expect(JSON.parse(body as string).model).toBe('openai/gpt-oss-20b')
  const edits = openAiChat.relay.edits(bodyOf(asking()), request, target)?.edits
  expect(edits).toEqual([{ field: 'model', set: '"openai/gpt-oss-20b"' }])
})

test('groq: names of speakers are left out, and told', () => {
  const body = asking({ messages: [{ ...user('Hi.'), name: 'Ann' }] })
  expect(server.relayed(body)).toBeUndefined()
  expect(server.written(body)).toEqual({ body: asking(), dropped: ['messages.name'] })
})
