import { inspect } from 'node:util'
import { HubError } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bedrock, bedrockAdapter } from './catalog/bedrock.ts'
import { lmstudio } from './catalog/lmstudio.ts'
import { ollama } from './catalog/ollama.ts'
import { openai } from './catalog/openai.ts'
import { customProvider } from './custom-provider.ts'
import { registry } from './registry.ts'
import { placeProvider, setUpProvider } from './set-up-provider.ts'

describe('a provider that was set up', () => {
  test('opens its key and shows it nowhere else', () => {
    const provider = openai({ apiKey: 'sk-canary' })
    expect(provider.credentials[0]?.open()).toEqual({ apiKey: 'sk-canary' })
    expect(JSON.stringify(provider)).not.toContain('canary')
    expect(inspect(provider, { depth: 9, showHidden: true })).not.toContain('canary')
  })

  test('has one credential a key, each with an id of its own', () => {
    const { credentials } = openai({ apiKey: ['sk-1', 'sk-2'] })
    expect(credentials.map((credential) => credential.open().apiKey)).toEqual(['sk-1', 'sk-2'])
    expect(new Set(credentials.map(({ id }) => id)).size).toBe(2)
  })

  test('may live at another address of the same provider', () => {
    const { adapter } = openai({ apiKey: 'sk-1', baseUrl: 'https://eu.api.openai.com/v1/' })
    expect(adapter.baseUrl).toBe('https://eu.api.openai.com/v1')
    expect(openai({ apiKey: 'sk-1' }).adapter.baseUrl).toBe('https://api.openai.com/v1')
  })

  test('may do without a key where none is wanted', () => {
    const adapter = customProvider({
      id: 'local',
      baseUrl: 'http://localhost:8000/v1',
      dialect: 'openai',
      allowPrivateNetwork: true,
    })
    expect(setUpProvider(adapter, {}).credentials.map(({ open }) => open())).toEqual([{}])
  })

  test.each([[''], [[]], [['sk-1', '']]])('is refused with the key %j', (apiKey) => {
    expect(() => openai({ apiKey })).toThrow(HubError)
    expect(() => openai({ apiKey })).toThrow('OpenAI needs an apiKey')
  })

  test('may have credentials of several fields, several of them', () => {
    const { credentials } = bedrock({
      credentials: [
        { region: 'eu-west-1', apiKey: 'k' },
        { region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 's' },
      ],
    })
    expect(credentials.map(({ name, open }) => [name, open().region])).toEqual([
      ['key-1', 'eu-west-1'],
      ['key-2', 'us-east-1'],
    ])
  })

  test('is refused without a credential that it needs, by the names of its fields', () => {
    expect(() => bedrock({ credentials: [] })).toThrow('region, apiKey, accessKeyId')
    expect(() => bedrock({ credentials: [{ apiKey: 'k' }] })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'region' }),
    )
  })

  test('may have no models but those that are named', () => {
    const { adapter } = ollama({ models: ['llama3', { id: 'mine', is: 'llama3' }] })
    expect(adapter.models.map(({ id }) => id)).toEqual(['llama3', 'mine'])
    expect(adapter.modelsAreComplete).toBe(true)
  })
})

describe('a server on a private network', () => {
  test.each([
    ['Ollama', ollama, 'http://localhost:11434'],
    ['LM Studio', lmstudio, 'http://localhost:1234/v1'],
  ])('%s is allowed at its own local address', (_, setUp, own) => {
    expect(setUp().adapter).toMatchObject({ baseUrl: own, allowPrivateNetwork: true })
    expect(setUp({ baseUrl: `${own}/` }).adapter.allowPrivateNetwork).toBe(true)
  })

  test.each([
    'http://10.0.0.7:11434',
    'http://localhost:11435',
    'http://127.0.0.1:11434',
    'https://ollama.com',
  ])('at %s it is not, unless someone says so', (baseUrl) => {
    expect(ollama({ baseUrl }).adapter.allowPrivateNetwork).toBe(false)
    expect(ollama({ baseUrl, allowPrivateNetwork: true }).adapter.allowPrivateNetwork).toBe(true)
  })

  test('may be forbidden where it would be allowed', () => {
    expect(ollama({ allowPrivateNetwork: false }).adapter.allowPrivateNetwork).toBe(false)
  })

  test('is never allowed by a provider in the cloud on its own', () => {
    const cloud = registry.filter(({ id }) => id !== 'ollama' && id !== 'lmstudio')
    for (const adapter of cloud) {
      expect(placeProvider(adapter, {}).allowPrivateNetwork).toBe(false)
      const baseUrl = 'http://10.0.0.7/v1'
      expect(placeProvider(adapter, { baseUrl }).allowPrivateNetwork).toBe(false)
    }
  })

  test('an address that is given comes before the one that a credential would make', () => {
    const adapter = placeProvider(bedrockAdapter, { baseUrl: 'https://vpce-1.example' })
    expect(adapter).toMatchObject({ baseUrl: 'https://vpce-1.example' })
    expect(adapter).not.toHaveProperty('baseUrlFor')
    expect(bedrockAdapter).toHaveProperty('baseUrlFor')
  })
})
