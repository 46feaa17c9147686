// Every provider over its own wire, from every surface: an answer, a stream, a tool call.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chatProviderIds, type EveryProviderLab, startEveryProvider } from './every-provider.ts'
import { adminKey } from './hub.ts'
import { weatherSchema } from './voices.ts'

let lab: EveryProviderLab

beforeAll(async () => {
  lab = await startEveryProvider()
})

afterAll(() => lab.close())

const weather = { name: 'get_weather', description: 'The weather in a city' }

interface Wish {
  model: string
  text: string
  stream?: boolean
  tools?: boolean
}

/** How a surface is asked, by what its documents say. */
interface Surface {
  path(wish: Wish): string
  headers?: Record<string, string>
  body(wish: Wish): object
}

const surfaces: Record<string, Surface> = {
  'openai-chat': {
    path: () => '/v1/chat/completions',
    body: ({ model, text, stream, tools }) => ({
      model,
      messages: [{ role: 'user', content: text }],
      ...(stream && { stream, stream_options: { include_usage: true } }),
      ...(tools && {
        tools: [{ type: 'function', function: { ...weather, parameters: weatherSchema } }],
      }),
    }),
  },
  'openai-responses': {
    path: () => '/v1/responses',
    body: ({ model, text, stream, tools }) => ({
      model,
      input: text,
      store: false,
      ...(stream && { stream }),
      ...(tools && {
        tools: [{ type: 'function', ...weather, parameters: weatherSchema, strict: false }],
      }),
    }),
  },
  'anthropic-messages': {
    path: () => '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    body: ({ model, text, stream, tools }) => ({
      model,
      max_tokens: 2000,
      messages: [{ role: 'user', content: text }],
      ...(stream && { stream }),
      ...(tools && { tools: [{ ...weather, input_schema: weatherSchema }] }),
    }),
  },
  gemini: {
    path: ({ model, stream }) =>
      `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: ({ text, tools }) => ({
      contents: [{ role: 'user', parts: [{ text }] }],
      ...(tools && {
        tools: [{ functionDeclarations: [{ ...weather, parametersJsonSchema: weatherSchema }] }],
      }),
    }),
  },
  aigne: {
    path: () => '/api/v2/chat',
    body: ({ model, text, stream, tools }) => ({
      input: {
        messages: [{ role: 'user', content: text }],
        modelOptions: { model },
        ...(tools && {
          tools: [{ type: 'function', function: { ...weather, parameters: weatherSchema } }],
        }),
      },
      options: { streaming: stream === true },
    }),
  },
}

async function ask(surface: Surface, wish: Wish) {
  const response = await fetch(lab.hub.url + surface.path(wish), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${adminKey}`,
      'content-type': 'application/json',
      ...surface.headers,
    },
    body: JSON.stringify(surface.body(wish)),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** Everything a stream of events says, its JSON joined; text may be cut anywhere. */
const wordsOf = (text: string) => text.replace(/[^a-z]+/gi, ' ').toLowerCase()

describe.each(chatProviderIds)('%s', (provider) => {
  describe.each(Object.entries(surfaces))('asked in %s', (_, surface) => {
    test('answers', async () => {
      const { status, headers, text } = await ask(surface, {
        model: `${provider}/echo`,
        text: 'Harbour lights.',
      })
      expect([status, text]).toEqual([200, expect.stringContaining('Harbour lights.')])
      expect(headers.get('x-hub-provider')).toBe(provider)
    })

    test('streams, to the end', async () => {
      const { status, text } = await ask(surface, {
        model: `${provider}/echo`,
        text: 'Harbour',
        stream: true,
      })
      expect(status).toBe(200)
      expect(wordsOf(text)).toContain('harbour')
      expect(text).not.toMatch(/"error":\s*\{/)
    })

    test.each([false, true])('calls a tool (streamed: %s)', async (stream) => {
      const { status, text } = await ask(surface, {
        model: `${provider}/tools`,
        text: 'Call get_weather for Rome.',
        tools: true,
        stream,
      })
      expect([status, text]).toEqual([200, expect.stringContaining('get_weather')])
      expect(text.replaceAll('\\', '')).toMatch(/"?city"?/)
    })
  })
})
