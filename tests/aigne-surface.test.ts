// The path of the published AIGNE clients, with the bodies they send, over a provider of each dialect.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey } from './hub.ts'
import { type Lab, personSchema, pixels, startLab, voices, weatherSchema } from './voices.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab()
})

afterAll(() => lab.close())

const post = (body: object, key = adminKey, headers: Record<string, string> = {}) =>
  fetch(`${lab.hub.url}/api/v2/chat`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'x-aigne-hub-client-did': '@aigne/aigne-hub:test',
      ...headers,
    },
    body: JSON.stringify(body),
  })

interface Input {
  messages: object[]
  tools?: object[]
  toolChoice?: string
  responseFormat?: object
}

/** As the clients write it. */
const bodyOf = (model: string, input: Input, modelOptions: object = {}, streaming?: boolean) => ({
  input: {
    ...input,
    modelOptions: {
      ...modelOptions,
      cacheConfig: { autoBreakpoints: { lastMessage: true } },
      model,
    },
    outputFileType: 'url',
  },
  agent: '$CHAT_MODEL',
  options: { userContext: {}, memories: [], ...(streaming && { streaming }) },
})

interface Output {
  text?: string
  thoughts?: string
  json?: object
  toolCalls?: { id: string; type: string; function: { name: string; arguments: object } }[]
  model?: string
  usage?: { inputTokens: number; outputTokens: number }
}

/** The whole document, or what a client puts together from the events. */
async function outputOf(response: Response): Promise<Output> {
  const type = response.headers.get('content-type') ?? ''
  expect(response.status).toBe(200)
  if (type.startsWith('application/json')) return (await response.json()) as Output
  expect(type).toMatch(/^text\/event-stream/)
  const output: Record<string, unknown> = {}
  for (const frame of (await response.text()).split('\n\n').filter((text) => text !== '')) {
    const { delta } = JSON.parse(frame.replace(/^data: /, ''))
    for (const [field, text] of Object.entries(delta.text ?? {})) {
      output[field] = `${output[field] ?? ''}${text}`
    }
    Object.assign(output, delta.json)
  }
  return output
}

const ask = (text: string) => [{ role: 'user', content: text }]
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: weatherSchema,
  },
}

const matrix = voices.flatMap((provider) => [
  { provider, streaming: false },
  { provider, streaming: true },
])

describe.each(matrix)('through $provider, streaming: $streaming', ({ provider, streaming }) => {
  const send = async (name: string, input: Input, modelOptions: object = {}) =>
    outputOf(await post(bodyOf(`${provider}/${name}`, input, modelOptions, streaming)))

  test('text comes with the model as it was named, and usage', async () => {
    const system = { role: 'system', content: [{ type: 'text', text: 'Be a pirate.' }] }
    const output = await send('chat', { messages: [system, ...ask('Who are you?')] })
    expect(output).toEqual({
      text: expect.stringContaining('Who are you?'),
      model: `${provider}/chat`,
      usage: expect.objectContaining({
        inputTokens: expect.any(Number),
        outputTokens: expect.any(Number),
      }),
    })
    expect(output.text).toContain('Be a pirate.')
    expect(output.usage?.inputTokens).toBeGreaterThan(10)
    expect(output.usage?.outputTokens).toBeGreaterThan(10)
  })

  test('calls have objects for arguments, and their results are answered', async () => {
    const question = 'What is the weather in Paris and in Tokyo?'
    const { toolCalls = [] } = await send('tools', { messages: ask(question), tools: [weather] })
    expect(toolCalls.map((call) => call.function)).toEqual([
      { name: 'get_weather', arguments: { city: 'Paris' } },
      { name: 'get_weather', arguments: { city: 'Tokyo' } },
    ])
    const [paris, tokyo] = toolCalls
    const messages = [
      ...ask(question),
      { role: 'agent', toolCalls },
      { role: 'tool', toolCallId: paris?.id, content: '21 degrees' },
      { role: 'tool', toolCallId: tokyo?.id, content: '9 degrees' },
    ]
    const { text } = await send('tools', { messages, tools: [weather] })
    expect(text).toMatch(/21 degrees[\s\S]*9 degrees/)
  })

  test('an answer in a schema stands in json', async () => {
    const { json, text } = await send('chat', {
      messages: ask('A person, please.'),
      responseFormat: {
        type: 'json_schema',
        jsonSchema: { name: 'person', schema: personSchema, strict: true },
      },
    })
    expect(json).toEqual({ name: expect.any(String), age: expect.any(Number) })
    expect(text).toBeUndefined()
  })

  test('an inline image is seen', async () => {
    const image = { type: 'file', data: pixels, mimeType: 'image/png', filename: 'a.png' }
    const content = [{ type: 'text', text: 'What is this?' }, image]
    const { text } = await send('vision', { messages: [{ role: 'user', content }] })
    expect(text).toMatch(/3\D+2/)
  })

  test('the roles of a history are understood', async () => {
    const messages = [
      ...ask('My name is Ada.'),
      { role: 'agent', content: 'Hello Ada.' },
      ...ask('What is my name?'),
    ]
    const alone = await send('echo', { messages: ask('What is my name?') })
    const { text, usage } = await send('echo', { messages })
    expect(text).toBe('What is my name?')
    expect(usage?.inputTokens).toBeGreaterThan(alone.usage?.inputTokens ?? 0)
  })
})

// Over the Responses API thoughts are told in a summary, which these clients have no way to ask for.
test.each(matrix.filter(({ provider }) => provider !== 'responses'))(
  'thoughts stand apart from the text: $provider, streaming: $streaming',
  async ({ provider, streaming }) => {
    const options = { reasoningEffort: 'medium' }
    const body = bodyOf(`${provider}/reason`, { messages: ask('Why?') }, options, streaming)
    const { thoughts, text } = await outputOf(await post(body))
    expect(thoughts).toContain('The question is')
    expect(text).toContain('Why?')
    expect(text).not.toContain('The question is')
  },
)

test.each(voices)('the first clients’ model at the top of the body works: %s', async (provider) => {
  const body = {
    model: `${provider}/echo`,
    input: { messages: ask('Hello') },
    agent: '$CHAT_MODEL',
    options: {},
  }
  expect(await outputOf(await post(body))).toMatchObject({ text: 'Hello' })
})

test('the hub’s own prefix may stand before the model', async () => {
  for (const name of ['aignehub/claude/echo', 'aignehub:claude/echo']) {
    const output = await outputOf(await post(bodyOf(name, { messages: ask('Hello') })))
    expect(output.text).toBe('Hello')
  }
})

describe('OpenAI’s body on this path is answered in kind', () => {
  test.each(voices)('whole, through %s', async (provider) => {
    const response = await post({ model: `${provider}/echo`, messages: ask('Hello') })
    expect(await response.json()).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
    })
  })

  test.each(voices)('streamed, through %s', async (provider) => {
    const body = { model: `${provider}/echo`, messages: ask('one two three'), stream: true }
    const frames = (await (await post(body)).text()).trim().split('\n\n')
    expect(frames.pop()).toBe('data: [DONE]')
    const chunks = frames.map((frame) => JSON.parse(frame.replace(/^data: /, '')))
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      'one two three',
    )
  })

  test('also its errors', async () => {
    const response = await post({ model: 'claude/echoo', messages: ask('Hello') })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({
      error: { code: 'model_not_found', param: 'model', type: 'invalid_request_error' },
    })
  })
})

describe('errors have a message and a type', () => {
  const messages = ask('Hello')
  const told = { message: expect.stringMatching(/\S/), type: expect.stringMatching(/\S/) }

  test.each<[string, number, object, string?]>([
    ['an unknown key', 401, bodyOf('chat/echo', { messages }), 'hub_live_nonsense'],
    ['an unknown model', 404, bodyOf('chat/echoo', { messages })],
    ['no messages', 400, bodyOf('chat/echo', { messages: [] })],
    ['a body of no kind', 400, { hello: 'world' }],
    ['a provider that asks to wait', 429, bodyOf('claude/error-429', { messages })],
    ['a provider that fails', 502, bodyOf('google-like/error-500', { messages }, {}, true)],
  ])('%s: %i', async (_, status, body, key) => {
    const response = await post(body, key)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error: expect.objectContaining(told) })
  })

  test.each(voices)(
    'a stream that dies half-way ends with an error event: %s',
    async (provider) => {
      const response = await post(bodyOf(`${provider}/midstream`, { messages }, {}, true))
      const frames = (await response.text()).split('\n\n')
      expect(frames.pop()).toBe('')
      const errors = frames.filter((frame) => frame.startsWith('event: error\n'))
      expect(errors).toEqual([frames.at(-1)])
      expect(JSON.parse(errors[0]?.replace('event: error\ndata: ', '') ?? '')).toMatchObject(told)
      expect(frames.length).toBeGreaterThan(1)
    },
  )
})

test('what a target cannot express is listed, or refused, as the caller wishes', async () => {
  const body = bodyOf('claude/echo', { messages: ask('Hello') }, { frequencyPenalty: 0.5 })
  const dropped = await post(body)
  expect(dropped.status).toBe(200)
  expect(dropped.headers.get('x-hub-dropped-params')).toMatch(/frequency/i)
  const refused = await post(body, adminKey, { 'x-hub-unsupported': 'error' })
  expect(refused.status).toBe(400)
})
