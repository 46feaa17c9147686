import { inspect } from 'node:util'
import { HubError } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { openai } from './catalog/openai.ts'
import { customProvider } from './custom-provider.ts'
import { setUpProvider } from './set-up-provider.ts'

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
})
