import { type ChatRequest, editBody, type JsonObject, readJsonBody } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { findProvider } from './registry.ts'
import { hello, route, written } from './testing/written.ts'

const weather = { type: 'function', name: 'get_weather', schema: { type: 'object' } } as const
const city: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

describe('openai#1: the field of the token limit is chosen by the model', () => {
  /** The caller's body as it is passed through. */
  const relayed = (name: string) => {
    const [chat, target] = route(name)
    const bytes = new TextEncoder().encode(
      '{"model":"asked-for","messages":[{"role":"user","content":"Hello"}],"max_tokens":50}',
    )
    const body = readJsonBody(bytes)
    const edits = chat.relay?.edits?.(body, { ...hello, maxOutputTokens: 50 }, target)?.edits ?? []
    return JSON.parse(new TextDecoder().decode(editBody(body, edits)))
  }

  test.each([
    'openai/o3',
    'openai/gpt-5-mini',
    'openai/gpt-6-luna',
    'openai/gpt-6-luna-2026-09-22',
  ])('%s refuses max_tokens, and gets the other one', (name) => {
    expect(relayed(name)).toMatchObject({ max_completion_tokens: 50 })
    expect(relayed(name)).not.toHaveProperty('max_tokens')
    expect(written(name, { maxOutputTokens: 50 }).body).toMatchObject({ max_completion_tokens: 50 })
  })

  test.each(['openai/gpt-4o', 'openai/gpt-4.1', 'openai/gpt-3.5-turbo'])(
    '%s takes either, and gets the one that was used',
    (name) => {
      expect(relayed(name)).toMatchObject({ max_tokens: 50 })
    },
  )

  test('openai/gpt-5-pro is only served by the Responses API, which has a name of its own', () => {
    const { body } = written('openai/gpt-5-pro', { maxOutputTokens: 50 })
    expect(body).toMatchObject({ max_output_tokens: 50 })
  })
})

describe('openai#2: reasoning models refuse sampling', () => {
  const sampling = { temperature: 0.2, topP: 0.9, presencePenalty: 1, frequencyPenalty: 1 }
  const sent = ({ body }: ReturnType<typeof written>) =>
    ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty'].filter((name) => name in body)

  test.each(['openai/o3', 'openai/gpt-5', 'openai/gpt-6-astra', 'openai/gpt-6.1-sol'])(
    '%s never takes it: it is left out, and told',
    (name) => {
      const reply = written(name, { sampling })
      expect(sent(reply)).toEqual([])
      expect(reply.dropped).toEqual(
        expect.arrayContaining(['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']),
      )
    },
  )

  test.each(['openai/gpt-5.1', 'openai/gpt-5.5', 'openai/gpt-5.6-sol', 'openai/gpt-6-luna'])(
    '%s takes temperature and top_p with effort none, and not while it reasons',
    (name) => {
      const calm = written(name, { sampling, reasoning: { effort: 'none' } })
      expect(sent(calm)).toEqual(['temperature', 'top_p'])
      expect(sent(written(name, { sampling, reasoning: { effort: 'high' } }))).toEqual([])
    },
  )

  test.each(['openai/gpt-4o-mini', 'openai/gpt-4.1', 'openai/gpt-5-chat-latest'])(
    '%s does not reason: it takes it all',
    (name) => {
      expect(sent(written(name, { sampling }))).toHaveLength(4)
    },
  )

  test.each([
    ['openai/gpt-5', 'none', 'minimal'],
    ['openai/gpt-5', 'xhigh', 'high'],
    ['openai/gpt-5.1', 'xhigh', 'high'],
    ['openai/gpt-5.2', 'xhigh', 'xhigh'],
    ['openai/gpt-5.6-terra', 'max', 'max'],
    ['openai/gpt-6-astra', 'none', 'low'],
    ['openai/o4-mini', 'minimal', 'low'],
    ['openai/gpt-4o', 'high', undefined],
  ])('%s is asked for the effort nearest to %s: %s', (name, effort, expected) => {
    expect(written(name, { reasoning: { effort } }).body.reasoning_effort).toBe(expected)
  })
})

describe('anthropic#1: the token limit is required', () => {
  test.each([
    ['anthropic/claude-opus-5-5', 128_000],
    ['anthropic/claude-opus-5-5-20270101', 128_000],
    ['anthropic/claude-haiku-4-5', 64_000],
    ['anthropic/claude-haiku-4-5-20251001', 64_000],
    ['anthropic/claude-opus-4-1', 32_000],
    ['anthropic/claude-3-haiku-20240307', 4096],
  ])('%s gets all it can write, %i, when none was asked for', (name, most) => {
    expect(written(name, {}).body.max_tokens).toBe(most)
    expect(written(name, { maxOutputTokens: 50 }).body.max_tokens).toBe(50)
  })
})

describe('anthropic#3: sampling is refused by newer models', () => {
  const sampling = { temperature: 0.2, topK: 5 }

  test.each([
    'anthropic/claude-opus-5-5',
    'anthropic/claude-sonnet-5-5-20270101',
    'anthropic/claude-fable-5-2',
    'anthropic/claude-opus-4-7',
    'anthropic/claude-newest-9',
  ])('%s is not sent it, and the caller is told', (name) => {
    const { body, dropped } = written(name, { sampling })
    expect(body).not.toHaveProperty('temperature')
    expect(body).not.toHaveProperty('top_k')
    expect(dropped).toEqual(expect.arrayContaining(['temperature', 'top_k']))
  })

  test.each([
    'anthropic/claude-opus-4-6',
    'anthropic/claude-haiku-4-5',
    'anthropic/claude-3-haiku',
  ])('%s takes it', (name) => {
    expect(written(name, { sampling })).toMatchObject({
      body: { temperature: 0.2, top_k: 5 },
      dropped: [],
    })
  })
})

describe('anthropic#4: a forced tool', () => {
  const schema: Partial<ChatRequest> = {
    responseFormat: { type: 'jsonSchema', name: 'place', schema: city },
  }
  const forced: Partial<ChatRequest> = { tools: [weather], toolChoice: 'required' }

  test.each([
    'anthropic/claude-sonnet-5-5',
    'anthropic/claude-opus-5-5',
    'anthropic/claude-fable-5-1',
    'anthropic/claude-fable-5-2',
  ])('is refused by %s: it is never sent one', (name) => {
    expect(() => written(name, forced)).toThrow('tool_choice')
  })

  test.each(['anthropic/claude-haiku-5-5', 'anthropic/claude-opus-5', 'anthropic/claude-fable-5'])(
    'is taken by %s',
    (name) => {
      expect(written(name, forced).body.tool_choice).toMatchObject({ type: 'any' })
    },
  )

  test.each([
    'anthropic/claude-sonnet-5-5',
    'anthropic/claude-haiku-4-5',
    'anthropic/claude-opus-4-1',
  ])('is not how %s is asked for JSON: it takes a schema', (name) => {
    const { body } = written(name, schema)
    expect(body.output_config).toMatchObject({ format: { type: 'json_schema' } })
    expect(body).not.toHaveProperty('tool_choice')
  })

  test.each(['anthropic/claude-3-haiku', 'anthropic/claude-sonnet-4-0'])(
    'is how %s, which takes no schema, is asked for JSON',
    (name) => {
      const { body } = written(name, schema)
      expect(body).not.toHaveProperty('output_config.format')
      expect(body.tool_choice).toMatchObject({ type: 'tool' })
    },
  )
})

describe('gemini: thinking is asked for in the way of the model', () => {
  const thinking = (name: string, effort: string) => {
    const { generationConfig } = written(name, { reasoning: { effort } }).body
    return (generationConfig as JsonObject | undefined)?.thinkingConfig
  }

  test.each([
    ['google/gemini-3.5-flash', 'none', { thinkingLevel: 'minimal' }],
    ['google/gemini-3.8-flash', 'minimal', { thinkingLevel: 'low' }],
    ['google/gemini-3.1-pro-preview', 'minimal', { thinkingLevel: 'low' }],
    ['google/gemini-4-hydrogen', 'max', { thinkingLevel: 'xhigh' }],
    ['google/gemini-4-argon', 'minimal', { thinkingLevel: 'minimal' }],
    ['google/gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
    ['google/gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
    ['google/gemini-2.5-pro', 'max', { thinkingBudget: 32_768 }],
  ])('%s at effort %s', (name, effort, expected) => {
    expect(thinking(name, effort)).toMatchObject(expected)
  })

  test('a model that does not think is not asked to', () => {
    expect(thinking('google/gemini-2.0-flash', 'high')).toBeUndefined()
  })

  test('Gemini 2.5 refuses penalties: they are left out, and told', () => {
    const { body, dropped } = written('google/gemini-2.5-flash', {
      sampling: { presencePenalty: 1 },
    })
    expect(JSON.stringify(body)).not.toContain('presencePenalty')
    expect(dropped).toHaveLength(1)
  })
})

test('gemini#10: Google takes 20 MiB at once, by any model', () => {
  const google = findProvider('google')
  const models = [...(google?.models ?? []), google?.unlisted?.('gemini-9-new', 'chat')]
  const most = models.map((model) => model?.quirks?.maxRequestBytes)
  expect(new Set(most)).toEqual(new Set([20 * 1024 * 1024]))
})

test('xai#2, xai#3: its chat answers are never passed on as they are', () => {
  expect(findProvider('xai')?.relay).not.toContain('openai-chat')
})

test('deepseek is asked in chat, whose rules are known', () => {
  expect(findProvider('deepseek')?.dialects.chat?.map(({ id }) => id)).toEqual(['openai-chat'])
})

test.each([
  ['groq/openai/gpt-oss-120b', 'default', undefined],
  ['groq/openai/gpt-oss-120b', 'flex', 'flex'],
  ['mistral/mistral-large-4', 'default', undefined],
  ['xai/grok-4.7', 'flex', undefined],
  ['doubao/doubao-seed-1-8-251228', 'priority', undefined],
])('%s, asked for the tier %s, gets %s', (name, serviceTier, expected) => {
  const { body, dropped } = written(name, { serviceTier })
  expect(body.service_tier).toBe(expected)
  expect(dropped.includes('service_tier')).toBe(expected === undefined)
})
