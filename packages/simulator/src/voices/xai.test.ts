import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator } from '../simulator.ts'
import { call, chunksIn, clientAt, deltasIn, weatherTool } from '../testing/vendor-calls.ts'

const simulator = createSimulator({ seed: 2 })
let listening: Awaited<ReturnType<typeof simulator.listen>>

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

const path = '/xai/v1/chat/completions'
const messages = [{ role: 'user', content: 'What is the weather in Paris and Rome?' }]

test('tool calls of a stream are whole, each in one delta, and without an index', async () => {
  const body = { model: 'tools', messages, tools: [weatherTool], stream: true }
  const { text } = await call(listening, path, body)
  const calls = deltasIn(text).flatMap(({ tool_calls: some }) => (some ? [some] : []))
  expect(calls).toEqual(
    ['Paris', 'Rome'].map((city) => [
      {
        id: expect.stringMatching(/^call_/),
        type: 'function',
        function: { name: 'get_weather', arguments: `{"city":"${city}"}` },
      },
    ]),
  )
})

test('what was thought is not part of completion_tokens on chat, and is on responses', async () => {
  const client = clientAt(listening, '/xai/v1')
  const chat = await client.chat.completions.create({
    model: 'grok-4.6',
    messages: [{ role: 'user', content: 'Why?' }],
  })
  const {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: total,
  } = chat.usage ?? {}
  const reasoning = chat.usage?.completion_tokens_details?.reasoning_tokens ?? 0
  expect(reasoning).toBeGreaterThan(0)
  expect((prompt ?? 0) + (completion ?? 0) + reasoning).toBe(total)
  expect(chat.model).toBe('grok-4.6')
  const response = await client.responses.create({ model: 'grok-4.6', input: 'Why?' })
  expect(response.usage?.output_tokens).toBe((completion ?? 0) + reasoning)
  expect(response.model).toBe('grok-4.6')
  expect(response.usage).toMatchObject({ cost_in_usd_ticks: expect.any(Number) })
  expect(chat.usage).toMatchObject({ cost_in_usd_ticks: expect.any(Number) })
})

test('usage comes with the chunk that finishes, unasked', async () => {
  const { text } = await call(listening, path, { model: 'chat', messages, stream: true })
  const last = chunksIn(text).at(-1)
  expect(last).toMatchObject({ choices: [{ finish_reason: 'stop' }] })
  expect(last?.usage).toMatchObject({ num_sources_used: 0 })
})

test('error-200 answers a stream with an error as JSON under status 200', async () => {
  const { status, headers, text } = await call(listening, path, {
    model: 'error-200',
    messages,
    stream: true,
  })
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('application/json')
  expect(JSON.parse(text)).toEqual({ code: expect.any(String), error: expect.any(String) })
})

test.each([
  ['stop', ['x']],
  ['presence_penalty', 0.5],
  ['frequency_penalty', 0.5],
])('%s is refused', async (name, value) => {
  const { status, text } = await call(listening, path, { model: 'chat', messages, [name]: value })
  expect(status).toBe(400)
  expect(JSON.parse(text).error).toContain(name)
})

test('errors have three forms', async () => {
  const body = { model: 'chat', messages }
  simulator.script(['forbidden', 'rate-limited', 'server-error'])
  const texts = [
    await call(listening, path, body),
    await call(listening, path, body),
    await call(listening, path, body),
  ].map(({ text }) => JSON.parse(text))
  expect(texts).toEqual([
    { code: expect.any(String), error: expect.any(String) },
    { error: expect.any(String) },
    { error: expect.objectContaining({ message: expect.any(String) }) },
  ])
})

test('a schema may not have keywords that xAI does not know', async () => {
  const schema = { type: 'object', properties: { name: { type: 'string', minLength: 2 } } }
  const format = { type: 'json_schema', json_schema: { name: 'person', schema } }
  const body = { model: 'chat', messages, response_format: format }
  const { status, text } = await call(listening, path, body)
  expect(status).toBe(400)
  expect(text).toContain('minLength')
})

test('the key and the models that talk can be asked for', async () => {
  const key = await call(listening, '/xai/v1/api-key')
  expect(JSON.parse(key.text)).toMatchObject({ name: 'Simulator', api_key_blocked: false })
  const { text } = await call(listening, '/xai/v1/language-models')
  expect(text).toContain('"prompt_text_token_price":20000')
})
