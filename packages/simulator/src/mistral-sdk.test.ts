import { Mistral } from '@mistralai/mistralai'
import type { ContentChunk } from '@mistralai/mistralai/models/components'
import { HTTPValidationError, SDKError } from '@mistralai/mistralai/models/errors'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from './json.ts'
import { createSimulator } from './simulator.ts'
import { call, chunksIn, weatherTool } from './testing/vendor-calls.ts'

const apiKey = 'mistral-key'
const simulator = createSimulator({ seed: 2, requireKey: apiKey })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let mistral: Mistral

beforeAll(async () => {
  listening = await simulator.listen()
  mistral = new Mistral({
    serverURL: `${listening.url}/mistral`,
    apiKey,
    retryConfig: { strategy: 'none' },
  })
})
afterAll(() => listening.close())

const ask = (content: string) => [{ role: 'user' as const, content }]
const byHand = (body: JsonObject) =>
  call(
    listening,
    '/mistral/v1/chat/completions',
    { model: 'chat', messages: ask('hi'), ...body },
    {
      authorization: `Bearer ${apiKey}`,
    },
  )

type Content = string | ContentChunk[] | null | undefined

function textOf(content: Content): string {
  if (typeof content === 'string') return content
  return (content ?? []).map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')
}

function thoughtsOf(content: Content): string {
  if (typeof content === 'string') return ''
  return (content ?? [])
    .flatMap((chunk) => (chunk.type === 'thinking' ? chunk.thinking : []))
    .map((part) => ('text' in part ? part.text : ''))
    .join('')
}

async function eventsOf(model: string, more = {}) {
  const stream = await mistral.chat.stream({ model, messages: ask('Why is Rome old?'), ...more })
  const events = []
  for await (const { data } of stream) events.push(data)
  return events
}

test('chat says the same whole and streamed, with usage unasked', async () => {
  const whole = await mistral.chat.complete({ model: 'chat', messages: ask('Why is Rome old?') })
  const events = await eventsOf('chat')
  const said = events.map(({ choices }) => textOf(choices[0]?.delta.content)).join('')
  expect(said).toBe(whole.choices?.[0]?.message?.content)
  expect(events.at(-1)?.usage?.totalTokens).toBe(whole.usage.totalTokens)
  expect(events.at(-1)?.choices[0]?.finishReason).toBe('stop')
})

test('thinking is a chunk of the content, signed when it is over', async () => {
  const whole = await mistral.chat.complete({ model: 'reason', messages: ask('Why is Rome old?') })
  const content = whole.choices?.[0]?.message?.content
  expect(thoughtsOf(content)).toContain('Why is Rome old?')
  expect(textOf(content)).toContain('Why is Rome old?')
  const deltas = (await eventsOf('reason')).map(({ choices }) => choices[0]?.delta.content)
  expect(deltas.map(thoughtsOf).join('')).toBe(thoughtsOf(content))
  expect(deltas.map(textOf).join('')).toBe(textOf(content))
  const next = await mistral.chat.complete({
    model: 'reason',
    messages: [
      ...ask('Why is Rome old?'),
      { role: 'assistant', content: content ?? '' },
      ...ask('And Paris?'),
    ],
  })
  expect(textOf(next.choices?.[0]?.message?.content)).toContain('And Paris?')
})

test('tools are called whole, with ids of nine characters, and their results are read', async () => {
  const messages = ask('What is the weather in Paris and Rome?')
  const request = { model: 'tools', messages, tools: [weatherTool], toolChoice: 'any' as const }
  const whole = await mistral.chat.complete(request)
  const said = whole.choices?.[0]?.message
  const calls = said?.toolCalls ?? []
  expect(calls.map((one) => one.function.arguments)).toEqual([
    '{"city":"Paris"}',
    '{"city":"Rome"}',
  ])
  expect(calls.every(({ id = '' }) => /^[A-Za-z0-9]{9}$/.test(id))).toBe(true)
  const streamed = (await eventsOf('tools', request)).at(-1)?.choices[0]
  expect(streamed?.finishReason).toBe('tool_calls')
  expect(streamed?.delta.toolCalls?.map(({ index }) => index)).toEqual([0, 1])
  const answer = await mistral.chat.complete({
    model: 'tools',
    tools: [weatherTool],
    messages: [
      ...messages,
      { role: 'assistant', content: '', toolCalls: calls },
      ...calls.map(({ id = '' }) => {
        return { role: 'tool' as const, name: 'get_weather', content: 'Sunny.', toolCallId: id }
      }),
    ],
  })
  expect(textOf(answer.choices?.[0]?.message?.content)).toContain('Sunny.')
})

test('older calls have no index', async () => {
  const messages = ask('What is the weather in Rome?')
  const { text } = await byHand({ model: 'older', messages, tools: [weatherTool], stream: true })
  expect(chunksIn(text).at(-1)).toMatchObject({
    choices: [{ delta: { tool_calls: [{ type: 'function' }] } }],
  })
  expect(text).not.toMatch(/"tool_calls":\[\{[^\]]*"index"/)
})

test('a schema is kept', async () => {
  const answer = await mistral.chat.complete({
    model: 'chat',
    messages: ask('Name a city.'),
    responseFormat: {
      type: 'json_schema',
      jsonSchema: {
        name: 'city',
        schemaDefinition: {
          type: 'object',
          properties: { name: { type: 'string' } },
          required: ['name'],
          additionalProperties: false,
        },
      },
    },
  })
  const text = textOf(answer.choices?.[0]?.message?.content)
  expect(JSON.parse(text)).toEqual({ name: expect.any(String) })
})

test('the same random_seed gives the same answer', async () => {
  const textWith = async (randomSeed: number) => {
    const answer = await mistral.chat.complete({ model: 'chat', messages: ask('hi'), randomSeed })
    return textOf(answer.choices?.[0]?.message?.content)
  }
  const texts = await Promise.all([1, 2, 3, 4, 5, 6].map(textWith))
  expect(await textWith(1)).toBe(texts[0])
  expect(new Set(texts).size).toBeGreaterThan(1)
})

test('what begins an answer is repeated in it', async () => {
  const answer = await mistral.chat.complete({
    model: 'chat',
    messages: [...ask('hi'), { role: 'assistant', content: 'Ahoy! ', prefix: true }],
  })
  expect(answer.choices?.[0]?.message?.content).toMatch(/^Ahoy! Hello/)
})

test.each([
  ['seed', 1],
  ['stream_options', { include_usage: true }],
  ['logprobs', true],
  ['user', 'me'],
  ['reasoning_effort', 'most'],
  ['temperature', 1.8],
])('%s of %j is 422, with its place', async (name, value) => {
  const { status, text } = await byHand({ [name]: value })
  expect(status).toBe(422)
  expect(JSON.parse(text)).toEqual({
    detail: [{ type: expect.any(String), loc: ['body', name], msg: expect.any(String) }],
  })
})

test('the official client reads a 422', async () => {
  const request = mistral.chat.complete({ model: 'chat', messages: ask('hi'), temperature: 1.8 })
  const error = await request.catch((thrown) => thrown)
  expect(error).toBeInstanceOf(HTTPValidationError)
  expect(error.detail[0].loc).toEqual(['body', 'temperature'])
})

test.each([
  [
    'ids of another length',
    [
      {
        role: 'assistant',
        tool_calls: [{ id: 'call_1', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'x' },
    ],
  ],
  [
    'calls without results',
    [
      {
        role: 'assistant',
        tool_calls: [{ id: 'abcdefghi', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'user', content: 'And?' },
    ],
  ],
  ['an assistant who says nothing', [{ role: 'assistant', content: null }, ...ask('And?')]],
  ['an assistant at the end', [{ role: 'assistant', content: 'Yes.' }]],
])('%s are refused, with a flat error', async (_name, more) => {
  const { status, text } = await byHand({ messages: [...ask('hi'), ...more] })
  expect(status).toBe(400)
  expect(JSON.parse(text)).toMatchObject({ object: 'error', message: expect.any(String) })
})

test('errors are flat, a wrong key has only a detail, and the official client tells the status', async () => {
  simulator.script('rate-limited')
  const limited = await mistral.chat
    .complete({ model: 'chat', messages: ask('hi') })
    .catch((thrown) => thrown)
  expect(limited).toBeInstanceOf(SDKError)
  expect(limited.statusCode).toBe(429)
  expect(JSON.parse(limited.body)).toMatchObject({ object: 'error', type: 'rate_limit_error' })
  const other = new Mistral({
    serverURL: `${listening.url}/mistral`,
    apiKey: 'wrong',
    retryConfig: { strategy: 'none' },
  })
  const refused = await other.models.list().catch((thrown) => thrown)
  expect(refused.statusCode).toBe(401)
  expect(JSON.parse(refused.body)).toEqual({ detail: 'Unauthorized' })
})

test('an answer can end with the length of the model, or an error', async () => {
  const finishOf = async (model: string) => {
    const answer = await mistral.chat.complete({ model, messages: ask('hi') })
    return answer.choices?.[0]?.finishReason
  }
  expect(await finishOf('model-length')).toBe('model_length')
  expect(await finishOf('error-finish')).toBe('error')
})

test('the models say what they can do', async () => {
  const { data = [] } = await mistral.models.list()
  const base = data.flatMap((model) => (model.type === 'base' ? [model] : []))
  const find = (id: string) => base.find((model) => model.id === id)
  expect(find('reason')?.capabilities.reasoning).toBe(true)
  expect(find('vision')?.capabilities.vision).toBe(true)
  expect(find('embed-256')?.capabilities.completionChat).toBe(false)
})
