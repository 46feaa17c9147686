import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { createSimulator } from '../simulator.ts'
import { call, chunksIn, deltasIn, joined } from '../testing/vendor-calls.ts'

const simulator = createSimulator({ seed: 2 })
let listening: Awaited<ReturnType<typeof simulator.listen>>

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

const messages = [{ role: 'user', content: 'What is the weather in Rome?' }]
const model = 'doubao-seed-2-0-pro-260215'
const ask = (body: JsonObject) =>
  call(listening, '/doubao/api/v3/chat/completions', { model, messages, ...body })

test('the role is in every delta, and reasoning before the text', async () => {
  const { text } = await ask({ stream: true })
  const deltas = deltasIn(text)
  expect(new Set(deltas.map(({ role }) => role))).toEqual(new Set(['assistant']))
  expect(joined(deltas, 'reasoning_content')).toContain('weather')
})

test('thinking can be switched off, in two ways that may not contradict each other', async () => {
  const off = await ask({ thinking: { type: 'disabled' } })
  const least = await ask({ reasoning_effort: 'minimal' })
  const messagesOf = [off, least].map(({ text }) => JSON.parse(text).choices[0].message)
  expect(messagesOf.map((message) => 'reasoning_content' in message)).toEqual([false, false])
  const both = await ask({ thinking: { type: 'enabled' }, reasoning_effort: 'minimal' })
  expect(both.status).toBe(400)
  expect((await ask({ reasoning_effort: 'max' })).status).toBe(400)
})

test('max_tokens leaves reasoning out of account, max_completion_tokens does not', async () => {
  const usageOf = async (body: JsonObject) => JSON.parse((await ask(body)).text).usage
  const answerOnly = await usageOf({ max_tokens: 5 })
  const thought = answerOnly.completion_tokens_details.reasoning_tokens
  expect(thought).toBeGreaterThan(5)
  expect(answerOnly.completion_tokens).toBe(thought + 5)
  expect((await usageOf({ max_completion_tokens: 5 })).completion_tokens).toBe(5)
  expect((await ask({ max_tokens: 5, max_completion_tokens: 5 })).status).toBe(400)
})

test('a model that thinks takes no stop sequences', async () => {
  expect((await ask({ stop: ['x'] })).status).toBe(400)
  expect((await ask({ stop: ['x'], model: 'ep-20260101000000-abcde' })).status).toBe(200)
})

test('usage so far can be had with every chunk', async () => {
  const options = { include_usage: true, chunk_include_usage: true }
  const { text } = await ask({ stream: true, stream_options: options })
  const totals = chunksIn(text).map(({ usage }) => Number((usage as JsonObject).total_tokens))
  expect(totals).toEqual([...totals].sort((first, second) => first - second))
  expect(totals.at(-1)).toBe(totals.at(-2))
  expect(totals[0]).toBeLessThan(totals.at(-1) ?? 0)
})

test.each([
  ['filtered', 400, 'InputTextSensitiveContentDetected', 'BadRequest'],
  ['overdue', 403, 'AccountOverdueError', 'Forbidden'],
  ['not-open', 404, 'ModelNotOpen', 'NotFound'],
  ['nobody', 404, 'InvalidEndpointOrModel.NotFound', 'NotFound'],
])('%s is %i %s, with the id of the request', async (name, status, code, type) => {
  const refused = await ask({ model: name })
  expect(refused.status).toBe(status)
  const id = refused.headers.get('x-request-id')
  expect(JSON.parse(refused.text)).toEqual({
    error: {
      code,
      type,
      message: expect.stringMatching(new RegExp(`Request id: ${id}$`)),
      param: expect.any(String),
    },
  })
})

test('an answer can be filtered, too', async () => {
  const { text } = await ask({ model: 'filtered-answer' })
  expect(JSON.parse(text).choices[0]).toMatchObject({
    finish_reason: 'content_filter',
    moderation_hit_type: 'severe_violation',
  })
})

test('texts can be had as tokens', async () => {
  const body = { model, text: ['one two', 'three'] }
  const { text } = await call(listening, '/doubao/api/v3/tokenization', body)
  const { data } = JSON.parse(text)
  expect(data.map((one: JsonObject) => one.total_tokens)).toEqual([2, 1])
  expect(data[0].offset_mapping).toEqual([
    [0, 3],
    [3, 7],
  ])
})

test('responses take the switch for thinking', async () => {
  const path = '/doubao/api/v3/responses'
  const tokensOf = async (more: JsonObject) => {
    const { text } = await call(listening, path, { model, input: 'Why?', ...more })
    return JSON.parse(text).usage.output_tokens_details.reasoning_tokens
  }
  expect(await tokensOf({ thinking: { type: 'disabled' } })).toBe(0)
  expect(await tokensOf({})).toBeGreaterThan(0)
})
