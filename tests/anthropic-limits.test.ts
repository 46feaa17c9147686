// The official `@anthropic-ai/sdk` against a hub: counting, the list of models, mistakes, and what a
// provider of another dialect cannot do.
import Anthropic from '@anthropic-ai/sdk'
import type {
  MessageCreateParamsNonStreaming,
  MessageParam,
} from '@anthropic-ai/sdk/resources/messages'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey } from './hub.ts'
import { type Lab, startLab, weatherSchema } from './voices.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab({ file: 'models: [{ id: quick, targets: [claude/chat] }]' })
})

afterAll(() => lab.close())

const client = (apiKey = adminKey) => new Anthropic({ baseURL: lab.hub.url, apiKey, maxRetries: 0 })

const request = (
  model: string,
  more: Partial<MessageCreateParamsNonStreaming> = {},
): MessageCreateParamsNonStreaming => ({
  model,
  max_tokens: 100,
  messages: [{ role: 'user', content: 'one two three four' }],
  ...more,
})

describe('counting tokens', () => {
  const messages: MessageParam[] = [{ role: 'user', content: 'How many tokens are these?' }]
  const tools = [{ name: 'get_weather', description: 'The weather', input_schema: weatherSchema }]
  const count = (model: string, more = {}) =>
    client().messages.countTokens({ model, messages, ...more })

  test.each(['claude', 'google-like'])('%s counts them itself', async (provider) => {
    const counted = await count(`${provider}/chat`, { system: 'Be brief.' })
    const { usage } = await client().messages.create(
      request(`${provider}/chat`, { messages, system: 'Be brief.' }),
    )
    expect(counted).toEqual({ input_tokens: usage.input_tokens })
  })

  test.each(['chat', 'responses'])('for %s they are estimated', async (provider) => {
    const { input_tokens } = await count(`${provider}/chat`)
    const { usage } = await client().messages.create(request(`${provider}/chat`, { messages }))
    expect(input_tokens).toBeGreaterThan(usage.input_tokens / 3)
    expect(input_tokens).toBeLessThan(usage.input_tokens * 3)
    expect((await count(`${provider}/chat`, { tools })).input_tokens).toBeGreaterThan(input_tokens)
  })

  test('a model that is not there has no count', async () => {
    await expect(count('claude/nothing')).rejects.toBeInstanceOf(Anthropic.NotFoundError)
  })
})

describe('the list of models', () => {
  test('has the models of every provider, and aliases, page by page', async () => {
    const ids: string[] = []
    for await (const { id } of client().models.list({ limit: 7 })) ids.push(id)
    expect(ids).toEqual(
      expect.arrayContaining(['chat/echo', 'responses/echo', 'claude/echo', 'google-like/echo']),
    )
    expect(ids).toContain('quick')
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('goes back as well as forth', async () => {
    const { data: first } = await client().models.list({ limit: 5 })
    const next = await client().models.list({ limit: 5, after_id: first.at(-1)?.id ?? '' })
    const back = await client().models.list({ limit: 5, before_id: next.data[0]?.id ?? '' })
    expect(back.data).toEqual(first)
    expect(next.data[0]?.id).not.toBe(first.at(-1)?.id)
  })

  test('tells of one model', async () => {
    expect(await client().models.retrieve('claude/chat')).toMatchObject({
      type: 'model',
      id: 'claude/chat',
      display_name: expect.any(String),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
    await expect(client().models.retrieve('claude/nothing')).rejects.toBeInstanceOf(
      Anthropic.NotFoundError,
    )
  })
})

describe('a caller’s mistakes, in Anthropic’s words', () => {
  test('an unknown key', async () => {
    await expect(
      client('hub_live_nonsense').messages.create(request('claude/chat')),
    ).rejects.toMatchObject({
      constructor: Anthropic.AuthenticationError,
      status: 401,
      error: { type: 'error', error: { type: 'authentication_error' } },
      requestID: expect.stringMatching(/^req_/),
    })
  })

  test('an unknown model', async () => {
    await expect(client().messages.create(request('claude/chatt'))).rejects.toMatchObject({
      constructor: Anthropic.NotFoundError,
      error: {
        error: {
          type: 'not_found_error',
          message: expect.stringContaining('Did you mean "claude/chat"?'),
        },
      },
    })
  })

  test('no messages', async () => {
    await expect(
      client().messages.create(request('claude/chat', { messages: [] })),
    ).rejects.toMatchObject({
      constructor: Anthropic.BadRequestError,
      error: { error: { type: 'invalid_request_error' } },
    })
  })

  test('a thought whose signature was altered', async () => {
    const params = request('claude/reason', {
      max_tokens: 8000,
      thinking: { type: 'enabled', budget_tokens: 2000 },
    })
    const { content } = await client().messages.create(params)
    const altered = content.map((block) =>
      block.type === 'thinking' ? { ...block, signature: 'b3BhcXVl' } : block,
    )
    const messages: MessageParam[] = [
      ...params.messages,
      { role: 'assistant', content: altered },
      { role: 'user', content: 'Go on.' },
    ]
    await expect(client().messages.create({ ...params, messages })).rejects.toBeInstanceOf(
      Anthropic.BadRequestError,
    )
  })
})

describe('what a target cannot express', () => {
  const send = (params: MessageCreateParamsNonStreaming, unsupported?: 'error' | 'drop') =>
    client()
      .messages.create(params, {
        headers: unsupported === undefined ? {} : { 'x-hub-unsupported': unsupported },
      })
      .withResponse()

  test.each(['chat', 'claude', 'google-like'])(
    'stop sequences end an answer of %s',
    async (provider) => {
      const params = request(`${provider}/echo`, { stop_sequences: [' three'] })
      const { data } = await send(params)
      expect(data.content).toMatchObject([{ type: 'text', text: 'one two' }])
    },
  )

  test('only Anthropic names the sequence that was met', async () => {
    const { data } = await send(request('claude/echo', { stop_sequences: [' three'] }))
    expect(data).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: ' three' })
  })

  test('meaning is refused, and named', async () => {
    await expect(
      send(request('responses/echo', { stop_sequences: [' three'] })),
    ).rejects.toMatchObject({
      constructor: Anthropic.BadRequestError,
      error: {
        error: {
          type: 'invalid_request_error',
          message: expect.stringContaining('stop'),
          details: { error_code: 'unsupported_parameter' },
        },
      },
    })
  })

  test('meaning is dropped and listed when the caller would rather have that', async () => {
    const params = request('responses/echo', { stop_sequences: [' three'] })
    const { data, response } = await send(params, 'drop')
    expect(data.content).toMatchObject([{ text: 'one two three four' }])
    expect(response.headers.get('x-hub-dropped-params')).toContain('stop')
  })

  /** The SDK's types no longer have it; its older versions send it. */
  const withTopK = () => Object.assign(request('responses/echo'), { top_k: 5 })

  test('a hint is dropped and listed', async () => {
    const { response } = await send(withTopK())
    expect(response.headers.get('x-hub-dropped-params')).toBe('top_k')
  })

  test('a hint is refused when the caller would rather have that', async () => {
    await expect(send(withTopK(), 'error')).rejects.toMatchObject({
      constructor: Anthropic.BadRequestError,
      error: { error: { message: expect.stringContaining('top_k') } },
    })
  })

  test.each(['chat', 'responses', 'google-like'])(
    'the version of the API, which every client names, is not lost on %s',
    async (provider) => {
      const { response } = await send(request(`${provider}/echo`), 'error')
      expect(response.headers.has('x-hub-dropped-params')).toBe(false)
    },
  )

  test('nothing is listed when nothing is lost', async () => {
    const { response } = await send(
      request('claude/echo', { metadata: { user_id: 'u1' } }),
      'error',
    )
    expect(response.headers.has('x-hub-dropped-params')).toBe(false)
  })
})
