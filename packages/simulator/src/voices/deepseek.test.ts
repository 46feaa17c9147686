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

const messages = [{ role: 'user', content: 'What is the weather in Rome? Answer in JSON.' }]
const ask = (body: JsonObject) =>
  call(listening, '/deepseek/chat/completions', { model: 'deepseek-flash', messages, ...body })

test('empty lines come before a whole answer, and a comment before a stream', async () => {
  const whole = await ask({})
  expect(whole.text).toMatch(/^\n+\{"id"/)
  expect(JSON.parse(whole.text).choices[0].message.reasoning_content).toContain('weather')
  const { text } = await ask({ stream: true })
  expect(text).toMatch(/^: keep-alive\n\ndata: /)
  const deltas = deltasIn(text)
  expect(deltas[0]).toEqual({ role: 'assistant', content: null, reasoning_content: '' })
  expect(joined(deltas, 'reasoning_content')).toContain('weather')
  expect(chunksIn(text).at(-1)).toMatchObject({
    choices: [{ finish_reason: 'stop' }],
    usage: { prompt_cache_hit_tokens: 0, prompt_cache_miss_tokens: expect.any(Number) },
  })
})

test('thinking is on until it is switched off', async () => {
  const { text } = await ask({ thinking: { type: 'disabled' } })
  const answer = JSON.parse(text)
  expect(answer.choices[0].message).not.toHaveProperty('reasoning_content')
  expect(answer.usage.completion_tokens_details.reasoning_tokens).toBe(0)
})

test('a turn that called tools must come back with its reasoning, unless thinking is off', async () => {
  const said = {
    role: 'assistant',
    content: '',
    tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
  }
  const result = { role: 'tool', tool_call_id: 'call_1', content: 'Sunny.' }
  const replay = (more: JsonObject, rest: JsonObject = {}) =>
    ask({ messages: [...messages, { ...said, ...more }, result], tools: [weatherTool], ...rest })
  const refused = await replay({})
  expect(refused.status).toBe(400)
  expect(refused.text).toContain('reasoning_content')
  expect((await replay({ reasoning_content: '' })).status).toBe(200)
  expect((await replay({}, { thinking: { type: 'disabled' } })).status).toBe(200)
})

test.each([
  [
    'a schema',
    { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: {} } } },
  ],
  ['a developer', { messages: [{ role: 'developer', content: 'Hi' }, ...messages] }],
  ['a user_id with a blank', { user_id: 'a b' }],
  ['an effort that is none', { reasoning_effort: 'none' }],
])('%s is refused', async (_name, body) => {
  expect((await ask(body)).status).toBe(400)
})

test('JSON is written without a schema', async () => {
  const { text } = await ask({ response_format: { type: 'json_object' } })
  expect(JSON.parse(JSON.parse(text).choices[0].message.content)).toMatchObject({
    simulated: true,
  })
})

test('an answer can end for want of resources, with nothing said, or unpaid', async () => {
  const busy = await ask({ model: 'busy' })
  expect(JSON.parse(busy.text).choices[0].finish_reason).toBe('insufficient_system_resource')
  const empty = await ask({ model: 'empty', stream: true })
  expect(joined(deltasIn(empty.text), 'content')).toBe('')
  expect(empty.text).toContain('"finish_reason":"stop"')
  expect((await ask({ model: 'error-402' })).status).toBe(402)
})

test('the balance can be asked for', async () => {
  const { text } = await call(listening, '/deepseek/user/balance')
  expect(JSON.parse(text)).toMatchObject({
    is_available: true,
    balance_infos: [{ currency: 'USD', total_balance: expect.any(String) }],
  })
})
