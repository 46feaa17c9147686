import type { ChatRequest, Json, JsonObject } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { findProvider, registry } from './registry.ts'
import { neverSent } from './testing/answers.ts'
import { modelOf, written } from './testing/written.ts'

const weather = { type: 'function', name: 'get_weather', schema: { type: 'object' } } as const
const city: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const withSchema: Partial<ChatRequest> = {
  responseFormat: { type: 'jsonSchema', name: 'place', schema: city },
}
const called: ChatRequest['messages'] = [
  { role: 'user', parts: [{ type: 'text', text: 'Weather?' }] },
  {
    role: 'assistant',
    parts: [
      { type: 'toolCall', id: 'toolu_01ABC', name: 'get_weather', kind: 'function', input: '{}' },
    ],
  },
  {
    role: 'tool',
    parts: [
      { type: 'toolResult', callId: 'toolu_01ABC', content: [{ type: 'text', text: 'Sunny' }] },
    ],
  },
]

describe('how much each model is asked to think', () => {
  test.each([
    ['xai/grok-4.3', 'none', 'none'],
    ['xai/grok-4.5', 'none', 'low'],
    ['xai/grok-4.5', 'xhigh', 'high'],
    ['xai/grok-4.7', 'max', 'xhigh'],
    ['xai/grok-4.7-20261101', 'xhigh', 'xhigh'],
    ['xai/grok-4.20-reasoning', 'high', undefined],
    ['xai/grok-4.20-non-reasoning', 'high', undefined],
  ])('%s at effort %s: %s', (name, effort, expected) => {
    const { reasoning } = written(name, { reasoning: { effort } }).body
    expect((reasoning as JsonObject | undefined)?.effort).toBe(expected)
  })

  test.each([
    ['groq/qwen/qwen3-32b', 'none', 'none'],
    ['groq/qwen/qwen3.8-27b', 'medium', 'medium'],
    ['groq/openai/gpt-oss-120b', 'none', 'low'],
    ['groq/openai/gpt-oss-20b', 'max', 'high'],
    ['groq/llama-3.3-70b-versatile', 'high', undefined],
    ['mistral/mistral-large-4', 'none', 'low'],
    ['mistral/mistral-medium-latest', 'low', 'high'],
    ['mistral/mistral-small-2603', 'max', 'high'],
    ['mistral/codestral-latest', 'high', undefined],
    ['mistral/zai-glm-5-3', 'medium', 'high'],
    ['deepseek/deepseek-v4-pro', 'medium', 'high'],
    ['deepseek/deepseek-v4-flash', 'xhigh', 'max'],
    ['doubao/doubao-seed-2-0-pro-260215', 'max', 'high'],
    ['lmstudio/openai/gpt-oss-20b', 'minimal', 'low'],
  ])('%s at effort %s: %s', (name, effort, expected) => {
    expect(written(name, { reasoning: { effort } }).body.reasoning_effort).toBe(expected)
  })

  test.each(['deepseek/deepseek-v4-pro', 'doubao/doubao-seed-1-8-251228'])(
    'deepseek#1, doubao#7: %s thinks unless it is switched off',
    (name) => {
      const { body } = written(name, { reasoning: { effort: 'none' } })
      expect(body).toMatchObject({ thinking: { type: 'disabled' } })
      expect(body).not.toHaveProperty('reasoning_effort')
    },
  )

  test.each([
    ['ollama/gpt-oss:20b', 'max', 'high'],
    ['ollama/gpt-oss:20b', 'none', false],
    ['ollama/qwen3:8b', 'high', true],
    ['ollama/someone/deepseek-r1:8b', 'none', false],
    ['ollama/llama3', 'high', undefined],
    ['ollama/qwen3-coder:30b', 'high', undefined],
    ['ollama/gemma3:4b', 'high', undefined],
  ])('ollama: %s at effort %s thinks: %s', (name, effort, expected) => {
    expect(written(name, { reasoning: { effort } }).body.think).toBe(expected)
  })

  const bedrock = (id: string, effort: string) =>
    written(`bedrock/${id}`, { reasoning: { effort } }).body.additionalModelRequestFields

  test.each([
    ['openai.gpt-oss-120b-1:0', { reasoning_effort: 'high' }],
    ['global.openai.gpt-5.6-sol', { reasoning: { effort: 'high' } }],
    ['us.amazon.nova-2-lite-v1:0', { reasoningConfig: { maxReasoningEffort: 'high' } }],
    ['eu.anthropic.claude-opus-5-5', { output_config: { effort: 'high' } }],
    ['us.anthropic.claude-haiku-4-5-20251001-v1:0', { thinking: { type: 'enabled' } }],
    ['us.meta.llama3-3-70b-instruct-v1:0', undefined],
    ['us.deepseek.r1-v1:0', undefined],
  ])('bedrock: %s is asked in the way of its family', (id, expected) => {
    if (expected) expect(bedrock(id, 'high')).toMatchObject(expected)
    else expect(bedrock(id, 'high')).toBeUndefined()
  })
})

describe('bedrock#13: a model is the same one wherever it is asked for', () => {
  const ids = ['us', 'eu', 'apac', 'jp', 'au', 'global'].map((geo) => `${geo}.`)
  const arn = 'arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.'

  test.each([
    'anthropic.claude-opus-5-5',
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
    'amazon.nova-2-lite-v1:0',
    'meta.llama4-scout-17b-instruct-v1:0',
  ])('%s', (bare) => {
    const { operations, limits, quirks, reasoning } = modelOf('bedrock', bare) ?? {}
    for (const id of ['', ...ids, arn].map((prefix) => prefix + bare)) {
      expect(modelOf('bedrock', id)).toMatchObject({
        operations,
        quirks,
        ...(limits && { limits }),
        ...(reasoning && { reasoning }),
      })
    }
  })

  test('what is asked for in another way is known by its name', () => {
    expect(modelOf('bedrock', 'us.cohere.embed-v4:0')?.operations).toContain('embeddings')
    expect(modelOf('bedrock', 'amazon.titan-embed-text-v2:0')?.operations).toEqual(['embeddings'])
    expect(modelOf('bedrock', 'amazon.nova-canvas-v1:0')?.operations).toEqual(['images'])
  })
})

test.each([
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 2],
  ['anthropic.claude-3-5-haiku-20241022-v1:0', 2],
  ['us.amazon.nova-pro-v1:0', 1],
  ['us.amazon.nova-2-lite-v1:0', 1],
  ['anthropic.claude-3-haiku-20240307-v1:0', 0],
  ['anthropic.claude-3-5-sonnet-20240620-v1:0', 0],
  ['qwen.qwen3-coder-480b-a35b-v1:0', 0],
])('bedrock/%s takes %i of two cache points, and is sent no others', (id, count) => {
  const { body, dropped } = written(`bedrock/${id}`, {
    tools: [{ ...weather, cache: {} }],
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi', cache: {} }] }],
  })
  expect(JSON.stringify(body).split('cachePoint')).toHaveLength(count + 1)
  expect(dropped).toEqual(count < 2 ? ['cache_control'] : [])
})

test('bedrock#10: strict is left to the models that take it', () => {
  const strict = { tools: [{ ...weather, strict: true }] }
  const spec = (id: string) => JSON.stringify(written(`bedrock/${id}`, strict).body.toolConfig)
  expect(spec('us.anthropic.claude-opus-4-8')).not.toContain('strict')
  expect(spec('us.anthropic.claude-opus-4-7')).not.toContain('strict')
  expect(spec('us.anthropic.claude-opus-5-5')).toContain('"strict":true')
})

test("bedrock#5: ids are shortened for Mistral's models, and stay as they are for others", () => {
  const sent = (id: string) =>
    JSON.stringify(written(`bedrock/${id}`, { messages: called, tools: [weather] }).body)
  expect(sent('us.anthropic.claude-opus-5-5')).toContain('"toolu_01ABC"')
  expect(sent('mistral.mistral-large-3-675b-instruct')).toMatch(/"toolUseId":"[a-zA-Z0-9]{9}"/)
})

describe('Claude on Vertex AI', () => {
  test('is asked at an address of its own, with the version in the body', () => {
    const { path, body } = written('vertex/claude-sonnet-4-5@20250929', {})
    const base = findProvider('vertex')?.baseUrlFor?.({ project: 'p-1234', location: 'eu' })
    expect(new URL(base + path).pathname).toBe(
      '/v1/projects/p-1234/locations/eu/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict',
    )
    expect(body).toMatchObject({ anthropic_version: 'vertex-2023-10-16', max_tokens: 64_000 })
    expect(body).not.toHaveProperty('model')
  })

  test('keeps the rules it has at Anthropic', () => {
    const { dropped } = written('vertex/claude-opus-5-5', { sampling: { temperature: 0.2 } })
    expect(dropped).toEqual(['temperature'])
  })

  test('older ones fetch no images', () => {
    expect(modelOf('vertex', 'claude-3-haiku@20240307')?.quirks?.mediaByValue).toBe(true)
    expect(modelOf('vertex', 'claude-opus-5-5')?.quirks?.mediaByValue).toBeUndefined()
  })
})

test('vertex: Gemini takes no ids of calls there', () => {
  const asked = { messages: called, tools: [weather] }
  expect(JSON.stringify(written('google/gemini-3.8-flash', asked).body)).toContain('toolu_01ABC')
  const { body } = written('vertex/gemini-3.8-flash', asked)
  expect(JSON.stringify(body)).not.toContain('toolu_01ABC')
})

describe('deepseek', () => {
  test('deepseek#2: what it thought before a call goes back with the call', () => {
    const { body } = written('deepseek/deepseek-v4-pro', { messages: called, tools: [weather] })
    expect(body.messages).toContainEqual(
      expect.objectContaining({ role: 'assistant', reasoning_content: '' }),
    )
  })

  test('deepseek#3: a schema is asked for in words', () => {
    const { body } = written('deepseek/deepseek-v4-pro', withSchema)
    expect(body.response_format).toEqual({ type: 'json_object' })
    expect(JSON.stringify(body.messages)).toContain('city')
  })
})

test('xai#4: what its models refuse is not sent, and the caller is told', () => {
  const sampling = { presencePenalty: 1, frequencyPenalty: 1 }
  const { body, dropped } = written('xai/grok-4.7', { sampling })
  expect(JSON.stringify(body)).not.toContain('penalty')
  expect(dropped).toEqual(expect.arrayContaining(['presence_penalty', 'frequency_penalty']))
  expect(() => written('xai/grok-4.7', { stop: ['END'] })).toThrow('stop')
})

test('xai#8: Responses come before Chat Completions', () => {
  expect(written('xai/grok-4.7', {}).path).toBe('/responses')
})

test('groq#2: JSON is not asked for together with tools', () => {
  const { body } = written('groq/openai/gpt-oss-120b', withSchema)
  expect(body.response_format).toMatchObject({ type: 'json_schema' })
  expect(() => written('groq/openai/gpt-oss-120b', { ...withSchema, tools: [weather] })).toThrow(
    'response_format',
  )
})

test('groq#3: one choice at a time', () => {
  expect(() => written('groq/llama-3.3-70b-versatile', { n: 2 })).toThrow('n')
})

describe('mistral', () => {
  test('mistral#1, mistral#2: a request holds nothing that it does not know', () => {
    const { body } = written('mistral/mistral-small-2603', {
      sampling: { seed: 7, topK: 4 },
      user: 'u-1',
      metadata: { a: 'b' },
    })
    const taken = ['model', 'messages', 'random_seed', 'metadata', 'stream', 'max_tokens']
    expect(Object.keys(body).filter((field) => !taken.includes(field))).toEqual([])
    expect(body.random_seed).toBe(7)
  })

  test('mistral#3: ids of calls are nine letters and digits, the same twice', () => {
    const { body } = written('mistral/mistral-small-2603', { messages: called, tools: [weather] })
    const ids = JSON.stringify(body.messages).match(/"(?:tool_call_)?id":"([a-zA-Z0-9]{9})"/g)
    expect(ids).toHaveLength(2)
  })

  test('mistral#7: a call that is required is "any"', () => {
    const asked: Partial<ChatRequest> = { tools: [weather], toolChoice: 'required' }
    expect(written('mistral/mistral-small-2603', asked).body.tool_choice).toBe('any')
  })
})

test('lmstudio#3: JSON without a schema is asked for with one of any object', () => {
  const { body } = written('lmstudio/qwen3-8b', { responseFormat: { type: 'json' } })
  expect(body.response_format).toMatchObject({
    type: 'json_schema',
    json_schema: { schema: { type: 'object' } },
  })
})

test('doubao#3: the limit is of thoughts and answer together', () => {
  const { body } = written('doubao/doubao-seed-1-8-251228', { maxOutputTokens: 50 })
  expect(body).toMatchObject({ max_completion_tokens: 50 })
  expect(body).not.toHaveProperty('max_tokens')
})

test('ollama#5, lmstudio#1: a model may have to be loaded first', () => {
  const slow = (provider: string) => {
    const adapter = findProvider(provider)
    const models = [...(adapter?.models ?? []), adapter?.unlisted?.('any-model', 'chat')]
    return new Set(models.map((model) => model?.quirks?.slowStart))
  }
  expect(slow('ollama')).toEqual(new Set([true]))
  expect(slow('lmstudio')).toEqual(new Set([true]))
  expect(slow('openai')).toEqual(new Set([undefined]))
})

test('openrouter#4: prices in its list are text, and it says itself what a call has cost', () => {
  const openrouter = findProvider('openrouter')
  const list = { data: [{ id: 'a/b', pricing: { prompt: '0.00000015' } }] } satisfies Json
  expect(openrouter?.listModels?.read(list)).toMatchObject([{ id: 'a/b', operations: ['chat'] }])
})

test('poe#6: a key is worth a whole balance, so every key is secret', () => {
  for (const { id, credentialFields } of registry) {
    const open = credentialFields.filter(({ secret }) => !secret).map(({ name }) => name)
    expect(
      open.filter((name) => /key$|secret|token|account$/i.test(name)),
      id,
    ).toEqual([])
  }
})

describe('which key goes into which header', () => {
  test.each([
    ['azure-openai#2', 'azure-openai', 'api-key', 'key'],
    ['ideogram#1', 'ideogram', 'api-key', 'key'],
    ['vertex', 'vertex', 'x-goog-api-key', 'key'],
    ['bedrock', 'bedrock', 'authorization', 'Bearer key'],
  ])('%s: %s has it in %s', async (_, id, header, value) => {
    const signed = await findProvider(id)?.sign(
      { method: 'GET', url: 'https://x.example', headers: {}, allowPrivateNetwork: false },
      { apiKey: 'key', resource: 'r', region: 'eu-west-1' },
      neverSent,
    )
    expect(signed?.headers).toEqual({ [header]: value })
  })
})
