// The official `openai` package against a hub on a real socket: over the built-in simulator, and over a
// custom provider of `hub.yaml` whose server is a simulator on this machine.
import { createSimulator, type Listening, type Simulator } from '@aigne-hub/simulator'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey, discard, type RunningHub, startHub } from './hub.ts'

let hub: RunningHub
let server: Listening
let upstream: Simulator

beforeAll(async () => {
  upstream = createSimulator({ requireKey: 'upstream-key' })
  server = await upstream.listen()
  hub = await startHub({
    env: { HUB_DEMO: '1' },
    file: `
providers:
  - id: lab
    baseUrl: ${server.url}/v1
    allowPrivateNetwork: true
    credentials: [{ name: main, apiKey: upstream-key }]
  - id: openai
    baseUrl: ${server.url}/v1
    allowPrivateNetwork: true
    credentials: [{ name: main, apiKey: upstream-key }]
models:
  - { id: quick, targets: [lab/chat] }
`,
  })
})

afterAll(async () => {
  await discard(hub)
  await server.close()
})

const client = (options: { apiKey?: string } = {}) =>
  new OpenAI({ baseURL: hub.baseURL, apiKey: adminKey, maxRetries: 0, ...options })

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
} as const

const hello = [{ role: 'user' as const, content: 'Hello, who are you?' }]

/** 3 × 2 pixels. */
const pixels =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAD0lEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg=='

describe.each([
  ['the built-in simulator', 'sim'],
  ['a custom provider on loopback', 'lab'],
])('through %s', (_, provider) => {
  const model = (name: string) => `${provider}/${name}`

  test('a chat answer comes whole, with usage and the request id', async () => {
    const { data, response } = await client()
      .chat.completions.create({ model: model('chat'), messages: hello })
      .withResponse()
    expect(data.choices[0]?.message.content).toMatch(/simulat/i)
    expect(data.choices[0]?.finish_reason).toBe('stop')
    expect(data.usage?.total_tokens).toBe(
      (data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0),
    )
    expect(data.usage?.completion_tokens).toBeGreaterThan(0)
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expect(response.headers.get('x-hub-provider')).toBe(provider)
    expect(response.headers.get('x-hub-attempts')).toBe('1')
    expect(response.headers.get('server-timing')).toMatch(/total;dur=/)
    expect(response.headers.get('openai-processing-ms')).toMatch(/^\d+$/)
    expect(response.headers.get('openai-version')).toBe('2020-10-01')
  })

  test('a streamed answer says the same and has no usage unless it was asked for', async () => {
    const whole = await client().chat.completions.create({
      model: model('echo'),
      messages: hello,
    })
    const chunks = []
    const stream = await client().chat.completions.create({
      model: model('echo'),
      messages: hello,
      stream: true,
    })
    for await (const chunk of stream) chunks.push(chunk)
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
    expect(text).toBe(whole.choices[0]?.message.content)
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(['stop'])
    expect(chunks.every(({ choices }) => choices.length === 1)).toBe(true)
    expect(chunks.every(({ usage }) => !usage)).toBe(true)
  })

  test('include_usage brings usage in one last chunk', async () => {
    const stream = client().chat.completions.stream({
      model: model('echo'),
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    })
    const { usage } = await stream.finalChatCompletion()
    expect(usage?.completion_tokens).toBeGreaterThan(0)
  })

  test('a tool is called, and its result answered', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'user', content: 'What is the weather in Paris?' },
    ]
    const asked = await client().chat.completions.create({
      model: model('tools'),
      messages,
      tools: [weather],
    })
    const message = asked.choices[0]?.message
    expect(asked.choices[0]?.finish_reason).toBe('tool_calls')
    expect(message?.content).toBeNull()
    expect(message?.tool_calls).toHaveLength(1)
    const [call] = message?.tool_calls ?? []
    if (!message || call?.type !== 'function') throw new Error('There is no function call.')
    expect(JSON.parse(call.function.arguments)).toHaveProperty('city')
    const answered = await client().chat.completions.create({
      model: model('tools'),
      messages: [...messages, message, { role: 'tool', tool_call_id: call.id, content: '21 °C' }],
      tools: [weather],
    })
    expect(answered.choices[0]?.message.content).toContain('21 °C')
  })

  test('parallel tool calls arrive apart, whole and streamed', async () => {
    const body = {
      model: model('tools'),
      messages: [{ role: 'user' as const, content: 'What is the weather in Paris and in Tokyo?' }],
      tools: [weather],
    }
    const whole = await client().chat.completions.create(body)
    const calls = whole.choices[0]?.message.tool_calls ?? []
    expect(calls).toHaveLength(2)
    const stream = client().chat.completions.stream({ ...body, stream: true })
    const streamed = await stream.finalChatCompletion()
    const argumentsOf = (list: typeof calls) =>
      list.map((call) => (call.type === 'function' ? JSON.parse(call.function.arguments) : null))
    expect(argumentsOf(streamed.choices[0]?.message.tool_calls ?? [])).toEqual(argumentsOf(calls))
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
  })

  test('a JSON schema is kept to', async () => {
    const answer = await client().chat.completions.create({
      model: model('chat'),
      messages: [{ role: 'user', content: 'A person, please.' }],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'person',
          strict: true,
          schema: {
            type: 'object',
            properties: { name: { type: 'string' }, age: { type: 'integer' } },
            required: ['name', 'age'],
            additionalProperties: false,
          },
        },
      },
    })
    const person = JSON.parse(answer.choices[0]?.message.content ?? '')
    expect(person).toEqual({ name: expect.any(String), age: expect.any(Number) })
  })

  test('an image is seen', async () => {
    const answer = await client().chat.completions.create({
      model: model('vision'),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: pixels } },
          ],
        },
      ],
    })
    expect(answer.choices[0]?.message.content).toMatch(/3\D+2/)
  })

  test('embeddings come in the SDK’s base64 and as numbers, the same vectors', async () => {
    const body = { model: model('embed-256'), input: ['a cat sat', 'a cat sits', 'quarterly tax'] }
    const packed = await client().embeddings.create(body)
    const plain = await client().embeddings.create({ ...body, encoding_format: 'float' })
    expect(packed.data.map(({ embedding }) => embedding.length)).toEqual([256, 256, 256])
    expect(packed.data.map(({ index }) => index)).toEqual([0, 1, 2])
    packed.data.forEach(({ embedding }, item) => {
      embedding.forEach((value, at) => {
        expect(value).toBeCloseTo(plain.data[item]?.embedding[at] ?? Number.NaN, 5)
      })
    })
    expect(packed.usage.prompt_tokens).toBeGreaterThan(0)
  })

  test('images are made', async () => {
    const { data } = await client().images.generate({
      model: model('image'),
      prompt: 'A lighthouse',
      n: 2,
      size: '256x256' as '1024x1024',
      response_format: 'b64_json',
    })
    expect(data).toHaveLength(2)
    for (const { b64_json } of data ?? []) {
      const png = Buffer.from(b64_json ?? '', 'base64')
      expect(png.subarray(1, 4).toString()).toBe('PNG')
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([256, 256])
    }
  })

  test('errors of the provider keep their class', async () => {
    const ask = (name: string) =>
      client().chat.completions.create({ model: model(name), messages: hello })
    await expect(ask('error-429')).rejects.toMatchObject({
      constructor: OpenAI.RateLimitError,
      status: 429,
      code: 'rate_limit_exceeded',
    })
    await expect(ask('error-500')).rejects.toMatchObject({
      constructor: OpenAI.InternalServerError,
      status: 502,
      code: 'upstream_failed',
      type: 'server_error',
    })
    // Not the caller's key: 401 would send them looking in the wrong place.
    await expect(ask('error-401')).rejects.toMatchObject({
      status: 502,
      code: 'credential_rejected',
    })
  })

  test('a stream that dies half-way ends with one typed error, never like an answer', async () => {
    const stream = await client().chat.completions.create({
      model: model('midstream'),
      messages: hello,
      stream: true,
    })
    let text = ''
    const reading = async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    }
    await expect(reading()).rejects.toMatchObject({ code: 'upstream_incomplete' })
    expect(text).not.toBe('')
  })
})

test('the models of every provider, and aliases, are listed and found', async () => {
  const ids = []
  for await (const { id } of client().models.list()) ids.push(id)
  expect(ids).toContain('sim/chat')
  expect(ids).toContain('quick')
  expect(await client().models.retrieve('sim/chat')).toMatchObject({
    id: 'sim/chat',
    object: 'model',
    owned_by: 'sim',
  })
  await expect(client().models.retrieve('sim/nothing')).rejects.toMatchObject({
    constructor: OpenAI.NotFoundError,
    code: 'model_not_found',
  })
})

test('an alias and the hub’s own prefix lead to the same model', async () => {
  for (const name of ['quick', 'aignehub/lab/chat', 'aignehub:quick']) {
    const { response } = await client()
      .chat.completions.create({ model: name, messages: hello })
      .withResponse()
    expect(response.headers.get('x-hub-provider')).toBe('lab')
  }
})

test('what has to change inside the messages is translated, and reported', async () => {
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    {
      role: 'user',
      content: [
        // A hint of another vendor's, which OpenAI refuses.
        { type: 'text', text: 'Say it again', cache_control: { type: 'ephemeral' } } as never,
      ],
    },
  ]
  const { data, response } = await client()
    .chat.completions.create({ model: 'openai/echo', messages })
    .withResponse()
  expect(response.headers.get('x-hub-dropped-params')).toContain('cache_control')
  expect(data.choices[0]?.message.content).toContain('Say it again')
  const stream = client().chat.completions.stream({
    model: 'openai/echo',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  })
  const streamed = await stream.finalChatCompletion()
  expect(streamed.choices[0]?.message.content).toBe(data.choices[0]?.message.content)
  expect(streamed.usage?.completion_tokens).toBe(data.usage?.completion_tokens)
})

test('the demo key opens the simulated models and nothing else', async () => {
  const demo = client({ apiKey: hub.demoKey })
  const answer = await demo.chat.completions.create({ model: 'sim/echo', messages: hello })
  expect(answer.choices[0]?.message.content).toContain('Hello')
  await expect(
    demo.chat.completions.create({ model: 'lab/chat', messages: hello }),
  ).rejects.toMatchObject({ constructor: OpenAI.PermissionDeniedError, code: 'permission_denied' })
  const ids = []
  for await (const { id } of demo.models.list()) ids.push(id)
  expect(ids.every((id) => id.startsWith('sim/'))).toBe(true)
})

describe('a caller’s mistakes', () => {
  test('an unknown key is 401', async () => {
    await expect(client({ apiKey: 'hub_live_nonsense' }).models.list()).rejects.toMatchObject({
      constructor: OpenAI.AuthenticationError,
      status: 401,
      code: 'invalid_api_key',
      type: 'invalid_request_error',
    })
  })

  test('missing messages are 400 and name the field', async () => {
    const body = { model: 'sim/chat' } as OpenAI.ChatCompletionCreateParamsNonStreaming
    await expect(client().chat.completions.create(body)).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      code: 'invalid_request',
      type: 'invalid_request_error',
      param: 'messages',
    })
  })

  test('an unknown model is 404 and comes with the nearest name', async () => {
    await expect(
      client().chat.completions.create({ model: 'sim/chatt', messages: hello }),
    ).rejects.toMatchObject({
      constructor: OpenAI.NotFoundError,
      code: 'model_not_found',
      param: 'model',
      message: expect.stringContaining('Did you mean "sim/chat"?'),
    })
  })

  test('a model asked for what it does not do is 400', async () => {
    await expect(
      client().embeddings.create({ model: 'sim/chat', input: 'x' }),
    ).rejects.toMatchObject({ constructor: OpenAI.BadRequestError, param: 'model' })
  })

  test('a body that is too large is 413', async () => {
    const content = 'x'.repeat(33 * 1024 * 1024)
    await expect(
      client().chat.completions.create({
        model: 'sim/chat',
        messages: [{ role: 'user', content }],
      }),
    ).rejects.toMatchObject({ status: 413, code: 'request_too_large' })
  })
})

test('leaving a stream closes the provider’s connection before its next chunk', async () => {
  const slow = createSimulator({ pace: 'manual' })
  const slowServer = await slow.listen()
  const other = await startHub({
    file: `
providers:
  - { id: slow, baseUrl: "${slowServer.url}/v1", allowPrivateNetwork: true }
`,
  })
  try {
    const openai = new OpenAI({ baseURL: other.baseURL, apiKey: adminKey, maxRetries: 0 })
    const opening = openai.chat.completions.create({
      model: 'slow/echo',
      messages: [{ role: 'user', content: 'one two three four five six seven eight' }],
      stream: true,
    })
    await slow.nextRequest()
    slow.release(3)
    const stream = await opening
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break
    }
    const left = await slow.nextAbort()
    expect(left.chunksWritten).toBeLessThanOrEqual(3)
  } finally {
    await discard(other)
    await slowServer.close()
  }
})

test('a private address is refused until the provider allows it, and the error names the setting', async () => {
  const other = await startHub({
    file: `
providers:
  - { id: shy, baseUrl: "http://localhost:${server.port}/v1" }
`,
  })
  try {
    const openai = new OpenAI({ baseURL: other.baseURL, apiKey: adminKey, maxRetries: 0 })
    await expect(
      openai.chat.completions.create({ model: 'shy/chat', messages: hello }),
    ).rejects.toMatchObject({
      status: 502,
      code: 'egress_refused',
      message: expect.stringContaining('allowPrivateNetwork: true'),
    })
  } finally {
    await discard(other)
  }
})
