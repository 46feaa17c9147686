import type { Transport } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { sim } from './catalog/sim.ts'
import { findProvider, registry } from './registry.ts'
import { neverSent } from './testing/answers.ts'

describe('the registry', () => {
  test('finds each provider by its id, and nothing else', () => {
    for (const adapter of registry) expect(findProvider(adapter.id)).toBe(adapter)
    expect(findProvider('nobody')).toBeUndefined()
    expect(findProvider('constructor')).toBeUndefined()
  })

  test.each([
    ['gemini', 'google'],
    ['aws-bedrock', 'bedrock'],
    ['grok', 'xai'],
    ['lm-studio', 'lmstudio'],
  ])('finds under its other name %s: %s', (alias, id) => {
    expect(findProvider(alias)).toBe(findProvider(id))
    expect(findProvider(alias)).toBeDefined()
  })

  test.each([
    ['openai', 'OPENAI_API_KEY', 'authorization', 'Bearer key'],
    ['anthropic', 'ANTHROPIC_API_KEY', 'x-api-key', 'key'],
    ['google', 'GEMINI_API_KEY', 'x-goog-api-key', 'key'],
    ['deepseek', 'DEEPSEEK_API_KEY', 'authorization', 'Bearer key'],
    ['openrouter', 'OPENROUTER_API_KEY', 'authorization', 'Bearer key'],
    ['xai', 'XAI_API_KEY', 'authorization', 'Bearer key'],
    ['doubao', 'ARK_API_KEY', 'authorization', 'Bearer key'],
    ['poe', 'POE_API_KEY', 'authorization', 'Bearer key'],
    ['ideogram', 'IDEOGRAM_API_KEY', 'api-key', 'key'],
    ['mistral', 'MISTRAL_API_KEY', 'authorization', 'Bearer key'],
    ['groq', 'GROQ_API_KEY', 'authorization', 'Bearer key'],
  ])('%s keeps its key in %s and sends it as %s', async (id, environment, header, value) => {
    const adapter = findProvider(id)
    expect(adapter?.credentialFields).toMatchObject([{ name: 'apiKey', environment }])
    const signed = await adapter?.sign(
      { method: 'GET', url: '', headers: {}, allowPrivateNetwork: false },
      { apiKey: 'key' },
      neverSent,
    )
    expect(signed?.headers[header]).toBe(value)
  })

  test('lists no deployments of Azure’s, and knows those that are named after their model', () => {
    const azure = findProvider('azure-openai')
    expect(azure?.models).toEqual([])
    const { id: _, ...known } =
      findProvider('openai')?.models.find(({ id }) => id === 'gpt-4o') ?? {}
    expect(azure?.unlisted?.('gpt-4o')).toEqual({ ...known, id: 'gpt-4o' })
  })

  test('knows which models are only served in one dialect, and which take tools in one only', () => {
    const model = (id: string) => findProvider('openai')?.models.find((model) => model.id === id)
    expect(model('gpt-5-pro')?.dialects).toEqual(['openai-responses'])
    expect(model('gpt-5.3-codex')?.dialects).toEqual(['openai-responses'])
    expect(model('gpt-4o')?.dialects).toBeUndefined()
    expect(model('gpt-5.6-terra')?.toolDialects).toEqual(['openai-responses'])
    expect(model('gpt-6-luna')?.toolDialects).toEqual(['openai-responses'])
    expect(model('gpt-5.5')?.toolDialects).toBeUndefined()
    expect(findProvider('openai')?.dialects.chat?.map(({ id }) => id)).toEqual([
      'openai-chat',
      'openai-responses',
    ])
  })
})

describe('the simulator as a provider', () => {
  const transport: Transport = { send: () => Promise.reject(new Error('not called')) }
  const { adapter, credentials } = sim({ transport })

  test('is reached over the transport that was handed in', () => {
    expect(adapter.transport).toBe(transport)
    expect(new URL(adapter.baseUrl).hostname).toMatch(/\.invalid$/)
  })

  test('has every model on exactly one credential, and each fault alone on its own', () => {
    const served = credentials.flatMap(({ models }) => models ?? [])
    expect(served.toSorted()).toEqual(adapter.models.map(({ id }) => id).toSorted())
    const faults = credentials.filter(({ models }) => models?.length === 1)
    expect(faults.map(({ name }) => name)).toEqual([
      'error-401',
      'error-429',
      'error-500',
      'timeout',
      'midstream',
      'slow',
      'flaky-30',
    ])
  })
})
