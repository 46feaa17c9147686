// The official `@anthropic-ai/sdk` against a hub, over a provider of each dialect.
import Anthropic from '@anthropic-ai/sdk'
import type {
  ContentBlock,
  Message,
  MessageCreateParamsNonStreaming,
  MessageParam,
  Tool,
} from '@anthropic-ai/sdk/resources/messages'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey } from './hub.ts'
import { type Lab, personSchema, pixels, startLab, voices, weatherSchema } from './voices.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab()
})

afterAll(() => lab.close())

const client = (apiKey = adminKey) => new Anthropic({ baseURL: lab.hub.url, apiKey, maxRetries: 0 })

const ask = (content: string): MessageParam[] => [{ role: 'user', content }]

const request = (
  model: string,
  content: string,
  more: Partial<MessageCreateParamsNonStreaming> = {},
): MessageCreateParamsNonStreaming => ({
  model,
  max_tokens: 4000,
  messages: ask(content),
  ...more,
})

const create = (params: MessageCreateParamsNonStreaming) => client().messages.create(params)
const streamed = (params: MessageCreateParamsNonStreaming) =>
  client().messages.stream(params).finalMessage()

const textOf = (content: readonly ContentBlock[]) =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('')
const callsIn = (content: readonly ContentBlock[]) =>
  content.flatMap((block) => (block.type === 'tool_use' ? [block] : []))
const thoughtsIn = (content: readonly ContentBlock[]) =>
  content.flatMap((block) => (block.type === 'thinking' ? [block] : []))

/** A message apart from ids, which are new ones every time: of calls, and inside of signatures. */
function saidIn({ content, stop_reason, stop_sequence, usage }: Message) {
  const { input_tokens, output_tokens } = usage
  const blocks = content.map((block) => {
    if (block.type === 'thinking') return { ...block, signature: block.signature !== '' }
    return block.type === 'tool_use' ? { ...block, id: '' } : block
  })
  return { blocks, stop_reason, stop_sequence, input_tokens, output_tokens }
}

const weather: Tool = {
  name: 'get_weather',
  description: 'The weather in a city',
  input_schema: weatherSchema,
}

const resultsFor = (content: readonly ContentBlock[], texts: readonly string[]): MessageParam => ({
  role: 'user',
  content: callsIn(content).map(({ id }, at) => ({
    type: 'tool_result',
    tool_use_id: id,
    content: texts[at] ?? '',
  })),
})

describe.each(voices)('through the provider %s', (provider) => {
  const model = (name: string) => `${provider}/${name}`

  test('a message comes whole, with usage, and the request id in Anthropic’s header', async () => {
    const params = request(model('chat'), 'Who are you?', { system: 'Be a pirate.' })
    const { data, response } = await client().messages.create(params).withResponse()
    expect(data).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' })
    expect(textOf(data.content)).toContain('Who are you?')
    expect(textOf(data.content)).toContain('Be a pirate.')
    expect(data.usage.input_tokens).toBeGreaterThan(10)
    expect(data.usage.output_tokens).toBeGreaterThan(10)
    expect(response.headers.get('request-id')).toMatch(/^req_/)
    expect(response.headers.get('x-request-id')).toBe(response.headers.get('request-id'))
    expect(response.headers.get('x-hub-provider')).toBe(provider)
  })

  test.each<[string, Partial<MessageCreateParamsNonStreaming>]>([
    ['chat', {}],
    ['chat', { max_tokens: 20 }],
    ['refuse', {}],
    ['tools', { tools: [weather] }],
    ['reason', { thinking: { type: 'enabled', budget_tokens: 2000, display: 'summarized' } }],
  ])('a stream comes to the same as the whole answer of %s, %j', async (name, more) => {
    const params = request(model(name), 'Tell me the weather in Rome and Oslo.', more)
    expect(saidIn(await streamed(params))).toEqual(saidIn(await create(params)))
  })

  test.each([
    ['whole', create],
    ['streamed', streamed],
  ])('tools are called in parallel and their results answered: %s', async (_, send) => {
    const messages = ask('What is the weather in Paris and in Tokyo?')
    const params = request(model('tools'), '', { tools: [weather], messages })
    const asked = await send(params)
    expect(asked.stop_reason).toBe('tool_use')
    expect(callsIn(asked.content)).toMatchObject([
      { name: 'get_weather', input: { city: 'Paris' } },
      { name: 'get_weather', input: { city: 'Tokyo' } },
    ])
    const ids = callsIn(asked.content).map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    messages.push(
      { role: 'assistant', content: asked.content },
      resultsFor(asked.content, ['21 degrees', '9 degrees']),
    )
    const answered = await send(params)
    expect(answered.stop_reason).toBe('end_turn')
    expect(textOf(answered.content)).toMatch(/get_weather.*21 degrees[\s\S]*get_weather.*9 degrees/)
  })

  test('a tool can be forced, and forbidden', async () => {
    const callsFor = async (tool_choice: MessageCreateParamsNonStreaming['tool_choice'] & object) =>
      callsIn(
        (
          await create(
            request(model('tools'), 'Weather in Rome?', { tools: [weather], tool_choice }),
          )
        ).content,
      ).map(({ name }) => name)
    expect(await callsFor({ type: 'tool', name: 'get_weather' })).toEqual(['get_weather'])
    expect(await callsFor({ type: 'any' })).toEqual(['get_weather'])
    expect(await callsFor({ type: 'none' })).toEqual([])
  })

  test.each([
    ['whole', create],
    ['streamed', streamed],
  ])('thoughts come first, and go back with what the tools returned: %s', async (_, send) => {
    const messages = ask('What is the weather in Paris?')
    const params = request(model('reason'), '', {
      messages,
      tools: [weather],
      max_tokens: 8000,
      thinking: { type: 'enabled', budget_tokens: 2000, display: 'summarized' },
    })
    const first = await send(params)
    expect(first.content[0]?.type).toBe('thinking')
    expect(thoughtsIn(first.content)[0]?.thinking).toContain('What is the weather in Paris?')
    expect(callsIn(first.content)).toHaveLength(1)
    messages.push(
      { role: 'assistant', content: first.content },
      resultsFor(first.content, ['21 degrees']),
    )
    const second = await send(params)
    expect(textOf(second.content)).toContain('21 degrees')
  })

  test('without thinking there are no thoughts', async () => {
    const params = request(model('reason'), 'Why?', { thinking: { type: 'disabled' } })
    const { content } = await create(params)
    expect(content.map(({ type }) => type)).toEqual(['text'])
  })

  test('an image is seen', async () => {
    const { content } = await create(
      request(model('vision'), '', {
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'image',
                source: { type: 'base64', media_type: 'image/png', data: pixels },
              },
              { type: 'text', text: 'What is this?' },
            ],
          },
        ],
      }),
    )
    expect(textOf(content)).toMatch(/3\D+2/)
  })

  test('a JSON schema is kept to', async () => {
    const { content } = await create(
      request(model('chat'), 'A person, please.', {
        output_config: { format: { type: 'json_schema', schema: personSchema } },
      }),
    )
    const person = JSON.parse(textOf(content))
    expect(person).toEqual({ name: expect.any(String), age: expect.any(Number) })
  })

  test('max_tokens cuts the answer off', async () => {
    const { stop_reason, usage } = await create(request(model('chat'), 'Hi', { max_tokens: 20 }))
    expect(stop_reason).toBe('max_tokens')
    expect(usage.output_tokens).toBe(20)
  })

  test('a refusal is an answer that says so', async () => {
    const { stop_reason } = await create(request(model('refuse'), 'Hi'))
    expect(stop_reason).toBe('refusal')
  })

  test('what was read from a cache stands beside the other input', async () => {
    const { usage } = await create(request(model('cached'), 'A question of some length, please.'))
    const plain = await create(request(model('chat'), 'A question of some length, please.'))
    expect(usage.cache_read_input_tokens).toBeGreaterThan(0)
    const { cache_read_input_tokens, cache_creation_input_tokens } = usage
    expect(
      usage.input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0),
    ).toBe(plain.usage.input_tokens)
  })

  test('errors of the provider keep their class', async () => {
    const fail = (name: string) => create(request(model(name), 'Hi'))
    await expect(fail('error-429')).rejects.toMatchObject({
      constructor: Anthropic.RateLimitError,
      status: 429,
      error: { type: 'error', error: { type: 'rate_limit_error' } },
    })
    await expect(fail('busy')).rejects.toMatchObject({
      status: 503,
      error: { error: { type: 'overloaded_error' } },
    })
    await expect(fail('error-500')).rejects.toMatchObject({
      constructor: Anthropic.InternalServerError,
      error: { error: { type: 'api_error' } },
    })
    // Not the caller's key: 401 would send them looking in the wrong place.
    await expect(fail('error-401')).rejects.toMatchObject({ status: 502 })
    await expect(fail('gone')).rejects.toMatchObject({
      constructor: Anthropic.NotFoundError,
      error: { error: { type: 'not_found_error' } },
    })
  })

  test('a stream that dies half-way ends with one error event, never like an answer', async () => {
    const params = request(model('midstream'), 'Hi')
    await expect(streamed(params)).rejects.toBeInstanceOf(Anthropic.APIError)
    const response = await client()
      .messages.create({ ...params, stream: true })
      .asResponse()
    const names = [...(await response.text()).matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)
    expect(names[0]).toBe('message_start')
    expect(names.filter((name) => name === 'error')).toHaveLength(1)
    expect(names.at(-1)).toBe('error')
    expect(names).not.toContain('message_stop')
  })
})
