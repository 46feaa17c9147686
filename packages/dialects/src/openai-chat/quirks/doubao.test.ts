// The oddities of Volcengine Ark's API, numbered, as far as a chat dialect shows them.

import type { Quirks } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { openAiResponses } from '../../openai-responses/index.ts'
import { bodyOf, targetOf } from '../../testing/bytes.ts'
import { answer, chatWith, chunk, streamOf, user } from '../../testing/chat-exchange.ts'

const quirks: Quirks = {
  maxTokensField: 'max_completion_tokens',
  noDeveloperRole: true,
  thinkingSwitch: true,
  efforts: ['minimal', 'low', 'medium', 'high'],
  unsupported: ['seed', 'metadata', 'verbosity'],
}
const server = chatWith(quirks)
const asking = (fields: object = {}) => ({ model: 'm1', messages: [user('Hi.')], ...fields })
const failing = (status: number, code: string, message = `${code}. Request id: 021`) =>
  server.failure(status, { error: { code, message, param: '', type: 'Forbidden' } })

describe('doubao#1: what its filter refuses is a 400', () => {
  test.each(['SensitiveContentDetected.Violence', 'InputTextSensitiveContentDetected'])(
    '%s',
    (code) => {
      expect(failing(400, code)).toMatchObject({
        code: 'upstream_rejected',
        status: 400,
        retryable: false,
        upstream: { status: 400, code },
      })
    },
  )

  test('output it cuts off ends as such', () => {
    const finish = { reason: 'contentFilter', raw: 'content_filter' }
    const whole = answer({ content: '' }, 'content_filter')
    expect(server.whole(whole).choices[0]?.finish).toEqual(finish)
    const stream = streamOf(chunk({ content: 'H' }), chunk({}, 'content_filter'))
    expect(server.folded(stream).choices[0]?.finish).toEqual(finish)
  })
})

describe('doubao#3: max_tokens leaves reasoning out, so the other name is used', () => {
  test.each(['written', 'relayed'] as const)('%s', (way) => {
    const body = asking({ max_tokens: 9 })
    expect(server[way](body)?.body).toEqual(asking({ max_completion_tokens: 9 }))
  })
})

test("doubao#4: a model that is not opened is the operator's to open", () => {
  const error = failing(404, 'ModelNotOpen', 'Your account has not activated it. Request id: 021')
  expect(error).toMatchObject({
    code: 'upstream_rejected',
    status: 404,
    upstream: { code: 'ModelNotOpen' },
  })
  expect(error.message).toContain('The operator must open this model')
  expect(error.message).toContain('Request id: 021')
})

describe('doubao#7: it thinks unless it is told not to', () => {
  test.each(['written', 'relayed'] as const)('%s: "none" is said by a switch', (way) => {
    expect(server[way](asking({ reasoning_effort: 'none' }))).toEqual({
      body: asking({ thinking: { type: 'disabled' } }),
      dropped: [],
    })
  })

  test.each(['xhigh', 'max'])('%s is high', (effort) => {
    const wanted = { body: asking({ reasoning_effort: 'high' }), dropped: ['reasoning_effort'] }
    expect(server.written(asking({ reasoning_effort: effort }))).toEqual(wanted)
    expect(server.relayed(asking({ reasoning_effort: effort }))).toEqual(wanted)
  })

  test('in Responses as well', () => {
    const request = { model: 'm1', messages: [], sampling: {}, reasoning: { effort: 'none' } }
    const sent = JSON.parse(openAiResponses.writeRequest(request, targetOf(quirks)).body as string)
    expect(sent.thinking).toEqual({ type: 'disabled' })
    expect(sent.reasoning?.effort).toBeUndefined()
    const body = bodyOf({ model: 'm1', input: 'Hi.', reasoning: { effort: 'none' } })
    const read = openAiResponses.readRequest(body, {})
    const edits = openAiResponses.relay.edits(body, read, targetOf(quirks))?.edits
    expect(edits).toContainEqual({ field: 'thinking', set: '{"type":"disabled"}' })
    expect(edits).toContainEqual({ field: 'reasoning', set: '{}' })
  })
})

describe('doubao#8: a balance that is overdue is no bad key', () => {
  test('it is an empty purse', () => {
    expect(failing(403, 'AccountOverdueError')).toMatchObject({
      code: 'insufficient_quota',
      retryable: false,
    })
    expect(failing(403, 'AccessDenied').code).toBe('credential_rejected')
  })

  test.each([
    ['QuotaExceeded', 'insufficient_quota'],
    ['SetLimitExceeded', 'insufficient_quota'],
    ['RateLimitExceeded.EndpointTPMExceeded', 'rate_limit_exceeded'],
    ['ServerOverloaded', 'upstream_overloaded'],
  ])('a 429 of %s is %s', (code, meant) => {
    expect(failing(429, code).code).toBe(meant)
  })
})

describe('doubao#10: messages are in English, with the id of the request', () => {
  test('they are told', () => {
    const error = failing(400, 'InvalidParameter', 'The parameter is bad. Request id: 0217')
    expect(error.message).toBe('acme rejected the request: The parameter is bad. Request id: 0217')
  })

  test('in the middle of a stream too', () => {
    const error = { code: 'InvalidParameter', message: 'Bad.', type: 'BadRequest', param: '' }
    const broken = `data: ${JSON.stringify(chunk({ content: 'H' }))}\n\ndata: ${JSON.stringify({ error })}\n\n`
    const last = server.streamed(broken).at(-1)
    const meant = { code: 'upstream_rejected', upstream: { status: 400, code: 'InvalidParameter' } }
    expect(last).toMatchObject({ type: 'error', error: meant })
    expect(server.passed(broken).error).toMatchObject(meant)
  })
})

test('doubao: the role repeats on every chunk, and usage has a chunk of its own', () => {
  const usage = {
    ...{ prompt_tokens: 9, completion_tokens: 6, total_tokens: 15 },
    completion_tokens_details: { reasoning_tokens: 3 },
  }
  const stream = streamOf(
    chunk({ role: 'assistant', content: '', reasoning_content: 'Ok' }, null, { usage: null }),
    chunk({ role: 'assistant', content: 'H' }, null, { usage: null }),
    chunk({ role: 'assistant', content: 'i' }, 'stop', { usage: null }),
    { id: 'a1', choices: [], usage },
  )
  const { choices, usage: read } = server.folded(stream)
  expect(choices[0]?.parts).toEqual([
    { type: 'reasoning', text: 'Ok' },
    { type: 'text', text: 'Hi' },
  ])
  expect(read).toMatchObject({ input: 9, output: 6, reasoning: 3 })
  expect(server.passed(stream).usage).toMatchObject({ input: 9, output: 6, reasoning: 3 })
})
