import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { createSimulator } from '../simulator.ts'
import { call, chunksIn, deltasIn, joined, weatherTool } from '../testing/vendor-calls.ts'

const simulator = createSimulator({ seed: 2 })
let listening: Awaited<ReturnType<typeof simulator.listen>>

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

const messages = [{ role: 'user', content: 'What is the weather in Rome?' }]
const ask = (body: JsonObject) =>
  call(listening, '/groq/openai/v1/chat/completions', {
    model: 'openai/gpt-oss-20b',
    messages,
    ...body,
  })

test('the request’s id is in the first chunk, usage in the last, and reasoning apart', async () => {
  const { text } = await ask({ stream: true })
  const chunks = chunksIn(text)
  expect(chunks[0]).toMatchObject({ x_groq: { id: expect.stringMatching(/^req_/) } })
  expect(chunks.at(-1)).toMatchObject({
    choices: [{ finish_reason: 'stop' }],
    x_groq: { usage: { total_tokens: expect.any(Number), queue_time: expect.any(Number) } },
  })
  expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false)
  expect(joined(deltasIn(text), 'reasoning')).toContain('weather')
})

test('reasoning can stay in the text, or be left out', async () => {
  const [raw, hidden] = await Promise.all([
    ask({ reasoning_format: 'raw' }),
    ask({ reasoning_format: 'hidden' }),
  ])
  const said = [raw, hidden].map(({ text }) => JSON.parse(text).choices[0].message)
  expect(said[0].content).toMatch(/^<think>\n[^<]*weather[^<]*<\/think>/)
  expect(said[1]).not.toHaveProperty('reasoning')
  expect(said[1].content).not.toContain('<think>')
})

test.each([
  ['two answers', { n: 2 }],
  ['log-probabilities', { logprobs: true }],
  ['a token bias', { logit_bias: { 5: 1 } }],
  ['JSON with tools', { response_format: { type: 'json_object' }, tools: [weatherTool] }],
  ['raw reasoning with tools', { reasoning_format: 'raw', tools: [weatherTool] }],
  ['two ways to ask for reasoning', { reasoning_format: 'parsed', include_reasoning: true }],
  ['no effort of gpt-oss', { reasoning_effort: 'none' }],
])('%s is refused', async (_name, body) => {
  const { status, text } = await ask(body)
  expect(status).toBe(400)
  expect(JSON.parse(text).error.type).toBe('invalid_request_error')
})

test('a failed generation shows what was generated', async () => {
  const tools = await ask({ model: 'failed-generation', tools: [weatherTool] })
  const json = await ask({ model: 'failed-generation' })
  expect([tools, json].map(({ status, text }) => [status, JSON.parse(text).error])).toMatchObject([
    [400, { code: 'tool_use_failed', failed_generation: expect.any(String) }],
    [400, { code: 'json_validate_failed', failed_generation: expect.any(String) }],
  ])
})

test('a full flex tier is 498', async () => {
  const { status, text } = await ask({ model: 'capacity' })
  expect(status).toBe(498)
  expect(JSON.parse(text).error.code).toBe('capacity_exceeded')
})

test('limits are told in durations, on every answer', async () => {
  const { headers } = await ask({})
  expect(headers.get('x-ratelimit-reset-requests')).toBe('2m59.56s')
  expect(headers.get('x-ratelimit-reset-tokens')).toBe('7.66s')
  expect(headers.has('retry-after')).toBe(false)
})

test('an error in a stream has its status', async () => {
  simulator.script('overloaded-event')
  const { text } = await ask({ stream: true })
  expect(chunksIn(text).at(-1)).toMatchObject({ error: { status_code: 503 } })
})

test('responses are not kept', async () => {
  const path = '/groq/openai/v1/responses'
  const body = { model: 'chat', input: 'hi', previous_response_id: 'resp_1' }
  expect((await call(listening, path, body)).status).toBe(400)
  const { text } = await call(listening, path, { model: 'chat', input: 'hi' })
  expect(JSON.parse(text).store).toBe(false)
})
