import { HubError } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { type CustomProviderOptions, customProvider } from './custom-provider.ts'
import { neverSent } from './testing/answers.ts'

const valid: CustomProviderOptions = {
  id: 'my-vllm',
  baseUrl: 'https://models.example/v1',
  dialect: 'openai',
}
const request = {
  method: 'POST',
  url: 'https://models.example/v1/chat/completions',
  headers: {},
  allowPrivateNetwork: false,
} as const

const refusal = (options: Partial<CustomProviderOptions>): HubError => {
  try {
    customProvider({ ...valid, ...options })
  } catch (error) {
    if (error instanceof HubError) return error
  }
  throw new Error('It was not refused.')
}

describe('a custom provider', () => {
  test('needs an id, an address and a dialect, and asks for an optional key', () => {
    const adapter = customProvider({ ...valid, baseUrl: 'https://models.example/v1/' })
    expect(adapter).toMatchObject({
      id: 'my-vllm',
      name: 'my-vllm',
      baseUrl: 'https://models.example/v1',
      allowPrivateNetwork: false,
      modelsAreComplete: false,
      credentialFields: [{ name: 'apiKey', secret: true, required: false }],
    })
    expect(adapter.sign(request, {}, neverSent)).toEqual(request)
  })

  test.each([
    '',
    'My-vllm',
    'my_vllm',
    'my vllm',
    '-x',
    'x-',
    'a--b',
    '1x',
    'a/b',
    'x'.repeat(41),
    'openai',
    'sim',
    'aignehub',
  ])('cannot be called %j', (id) => {
    const { code, param } = refusal({ id })
    expect([code, param]).toEqual(['invalid_request', 'id'])
  })

  test.each([
    ['openai', ['openai-chat'], '/models', 'authorization'],
    ['openai-responses', ['openai-responses', 'openai-chat'], '/models', 'authorization'],
    ['anthropic', ['anthropic-messages'], '/models?limit=1', 'x-api-key'],
    ['gemini', ['gemini'], '/models?pageSize=1', 'x-goog-api-key'],
  ] as const)('may speak %s', async (dialect, chat, path, header) => {
    const adapter = customProvider({ ...valid, dialect })
    expect(adapter.dialects.chat?.map(({ id }) => id)).toEqual(chat)
    expect(adapter.relay).toEqual(expect.arrayContaining([...chat]))
    expect(adapter.credentialCheck).toEqual({ path })
    expect((await adapter.sign(request, { apiKey: 'key' }, neverSent)).headers[header]).toContain(
      'key',
    )
  })

  test.each(['smoke-signals', 'toString', ''])('cannot speak %j', (dialect) => {
    const { param, message } = refusal({ dialect: dialect as 'openai' })
    expect(param).toBe('dialect')
    expect(message).toContain('openai, openai-responses, anthropic, gemini')
  })

  test('may send headers of its own, which never replace the credential', async () => {
    const { sign } = customProvider({
      ...valid,
      headers: { 'X-Team': 'blue', Authorization: 'Bearer header' },
    })
    expect((await sign(request, { apiKey: 'key' }, neverSent)).headers).toEqual({
      'x-team': 'blue',
      authorization: 'Bearer key',
    })
  })

  test.each([
    [{ 'x-a': 'canary\r\nx-b: 1' }, 'x-a'],
    [{ 'x a': '1' }, 'x a'],
    [{ Host: 'evil.example' }, 'host'],
    [{ 'content-length': '0' }, 'content-length'],
    [{ 'transfer-encoding': 'chunked' }, 'transfer-encoding'],
  ])('cannot send %j', (headers, name) => {
    const { param, message } = refusal({ headers })
    expect(param).toBe('headers')
    expect(message).toContain(name)
    expect(message).not.toContain('canary')
  })
})
