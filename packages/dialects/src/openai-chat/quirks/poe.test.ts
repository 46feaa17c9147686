// The oddities of Poe's API, numbered, as far as a chat dialect shows them.

import type { Quirks } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { chatWith, chunk, streamOf, user } from '../../testing/chat-exchange.ts'

const quirks: Quirks = {
  maxTokensField: 'max_tokens',
  noDeveloperRole: true,
  noJsonSchema: true,
  noJsonObject: true,
  needsFinishReason: true,
  unsupported: ['seed', 'logprobs', 'user', 'metadata', 'reasoning_content', 'reasoning_details'],
}
const server = chatWith(quirks)
const asking = (fields: object = {}) => ({ model: 'm1', messages: [user('Hi.')], ...fields })

describe('poe#1: a stream may end silently', () => {
  const begun = chunk({ role: 'assistant', content: 'H' })
  const incomplete = { code: 'upstream_incomplete', retryable: true }

  test.each([
    ['with nothing at all', ''],
    ['in the middle', `data: ${JSON.stringify(begun)}\n\n`],
    ['in the middle, as if all were well', streamOf(begun)],
    ['as if all were well, with nothing', 'data: [DONE]\n\n'],
  ])('%s', (_, stream) => {
    expect(server.streamed(stream).at(-1)).toMatchObject({ type: 'error', error: incomplete })
    const passed = server.passed(stream)
    expect(passed.error).toMatchObject(incomplete)
    expect(passed.text).not.toContain('[DONE]')
  })

  test('a finish reason makes it whole', () => {
    const stream = streamOf(begun, chunk({}, 'stop'))
    expect(server.folded(stream).choices[0]?.finish?.reason).toBe('stop')
    expect(server.passed(stream)).toMatchObject({ text: stream, error: undefined })
  })
})

test('poe#3: an unknown model is a 400 that says so', () => {
  const error = { message: 'No such bot.', type: 'invalid_request_error', code: 'model_not_found' }
  expect(server.failure(400, { error })).toMatchObject({
    code: 'upstream_rejected',
    status: 400,
    upstream: { code: 'model_not_found' },
  })
})

describe('poe#4: the header says in how many seconds a limit begins anew', () => {
  const body = { error: { message: 'Slow down.', type: 'rate_limit_error', code: null } }
  const limit = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '37' }

  test('where nothing says more', () => {
    expect(server.failure(429, body, limit)).toMatchObject({
      code: 'rate_limit_exceeded',
      retryAfterMs: 37_000,
    })
    const both = { ...limit, 'retry-after': '2' }
    expect(server.failure(429, body, both).retryAfterMs).toBe(2000)
  })

  test('of a limit that is used up, and in a failure of haste', () => {
    const left = { ...limit, 'x-ratelimit-remaining-requests': '3' }
    expect(server.failure(429, body, left).retryAfterMs).toBeUndefined()
    expect(server.failure(503, body, limit).retryAfterMs).toBeUndefined()
  })
})

describe('poe#5: no field is sure to have an effect', () => {
  const format = {
    type: 'json_schema',
    json_schema: { name: 'place', schema: { type: 'object', required: ['city'] } },
  }

  test.each([[{ type: 'json_object' }], [format]])('JSON is asked for in words: %j', (wish) => {
    const body = asking({ response_format: wish })
    expect(server.relayed(body)).toBeUndefined()
    const { body: sent, dropped } = server.written(body)
    expect(sent).not.toHaveProperty('response_format')
    expect(sent.messages).toMatchObject([
      { role: 'system', content: expect.stringContaining('Answer with one JSON object') },
      {},
    ])
    expect(dropped).toEqual([])
  })

  test.each(['written', 'relayed'] as const)('%s: what is ignored is told', (way) => {
    expect(server[way](asking({ seed: 1, user: 'u', metadata: { a: 'b' } }))).toEqual({
      body: asking(),
      dropped: ['seed', 'user', 'metadata'],
    })
  })
})

test('poe: an empty balance of points is not tried again', () => {
  const error = { message: 'Not enough points.', type: 'insufficient_credits', code: null }
  expect(server.failure(402, { error })).toMatchObject({
    code: 'insufficient_quota',
    retryable: false,
  })
})
