import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { createSimulator } from '../simulator.ts'
import { call, deltasIn, joined, weatherTool } from '../testing/vendor-calls.ts'

const simulator = createSimulator({ seed: 2 })
let listening: Awaited<ReturnType<typeof simulator.listen>>

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

const messages = [{ role: 'user', content: 'What is the weather in Rome?' }]
const ask = (body: JsonObject) =>
  call(listening, '/lmstudio/v1/chat/completions', { model: 'chat', messages, ...body })

test.each([
  [
    'a tool by name',
    { tools: [weatherTool], tool_choice: { type: 'function', function: { name: 'get_weather' } } },
  ],
  ['JSON without a schema', { response_format: { type: 'json_object' } }],
  [
    'an image from elsewhere',
    {
      messages: [
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }],
        },
      ],
    },
  ],
])('%s is refused, in a text', async (_name, body) => {
  const { status, text } = await ask(body)
  expect(status).toBe(400)
  expect(JSON.parse(text)).toEqual({ error: expect.any(String) })
})

test('other errors are objects', async () => {
  const { status, text } = await ask({ temperature: 9 })
  expect(status).toBe(400)
  expect(JSON.parse(text)).toMatchObject({ error: { message: expect.any(String) } })
})

test('reasoning has two names', async () => {
  const own = await ask({ model: 'reason', stream: true })
  expect(joined(deltasIn(own.text), 'reasoning_content')).toContain('weather')
  const open = await ask({ model: 'openai/gpt-oss-20b', stream: true })
  expect(joined(deltasIn(open.text), 'reasoning')).toContain('weather')
})

test('calls that nobody could read stay in the text', async () => {
  const { text } = await ask({ model: 'unparsed', tools: [weatherTool] })
  const [choice] = JSON.parse(text).choices
  expect(choice.finish_reason).toBe('stop')
  expect(choice.message).not.toHaveProperty('tool_calls')
  expect(choice.message.content).toContain('{"name": "get_weather", "arguments": {"city":"Rome"}}')
})

test('the loaded model answers for others, without limit when it is told so', async () => {
  const { text } = await ask({ model: 'some-model-7b', max_tokens: -1 })
  expect(JSON.parse(text)).toMatchObject({ model: 'chat', choices: [{ finish_reason: 'stop' }] })
})

test('an error in a stream is an event of its own', async () => {
  simulator.script('error-event')
  const { text } = await ask({ stream: true })
  expect(text).toMatch(/event: error\ndata: \{"error":\{"message":"[^"]+"\}\}\n\n$/)
})

test('an address that is not there answers 200 and an error', async () => {
  const { status, text } = await call(listening, '/lmstudio/v1/nowhere')
  expect(status).toBe(200)
  expect(JSON.parse(text)).toEqual({ error: expect.any(String) })
})

test('its own list of models tells what is loaded', async () => {
  const { text } = await call(listening, '/lmstudio/api/v1/models')
  const found = JSON.parse(text).models.find(({ key }: JsonObject) => key === 'reason')
  expect(found).toMatchObject({ type: 'llm', capabilities: { reasoning: true } })
})
