import { type Caller, HubError } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { assertMayCallFrom, isLoopback, mayUseModel } from './policy.ts'

const caller: Caller = { keyId: 'k1', keyName: 'ci', accountId: 'acme' }

/** The error that `run` throws. */
function errorOf(run: () => void): HubError {
  try {
    run()
  } catch (error) {
    if (error instanceof HubError) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}

describe('a key with models', () => {
  test.each<[string[] | undefined, string, boolean]>([
    [undefined, 'openai/gpt-5', true],
    [[], 'openai/gpt-5', false],
    [['openai/gpt-5'], 'openai/gpt-5', true],
    [['openai/gpt-5'], 'openai/gpt-5-mini', false],
    [['openai/gpt-5'], 'gpt-5', false],
    [['openai/*'], 'openai/gpt-5', true],
    [['openai/*'], 'openai/', true],
    [['openai/*'], 'openai', false],
    [['openai/*'], 'not-openai/gpt-5', false],
    [['openai/gpt-*', 'fast'], 'fast', true],
    [['openai/gpt-*', 'fast'], 'openai/o3', false],
    [['*'], 'anything', true],
    [['*/gpt-5'], 'openai/gpt-5', false],
    [['OpenAI/*'], 'openai/gpt-5', false],
    [['a.c'], 'abc', false],
  ])('%j may use %s: %s', (models, model, allowed) => {
    expect(mayUseModel({ ...caller, ...(models && { models }) }, model)).toBe(allowed)
  })
})

describe('an address is our own machine', () => {
  test.each<[string | undefined, boolean]>([
    ['127.0.0.1', true],
    ['127.255.255.254', true],
    ['::1', true],
    ['0:0:0:0:0:0:0:1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:7f00:1', true],
    ['128.0.0.1', false],
    ['10.0.0.1', false],
    ['::', false],
    ['::2', false],
    ['::ffff:10.0.0.1', false],
    ['64:ff9b::127.0.0.1', false],
    ['127.1', false],
    ['0177.0.0.1', false],
    ['localhost', false],
    ['127.0.0.1.example.org', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected)
  })
})

describe('a key for this machine only', () => {
  const local = { ...caller, loopbackOnly: true }

  test('is refused from elsewhere, and when nobody knows from where', () => {
    expect(errorOf(() => assertMayCallFrom(local, '10.0.0.1'))).toMatchObject({
      code: 'permission_denied',
      message: 'The key "ci" only works on the machine the hub runs on. Use another key.',
    })
    expect(() => assertMayCallFrom(local, undefined)).toThrow(HubError)
  })

  test('works from here, as other keys do from anywhere', () => {
    expect(() => assertMayCallFrom(local, '::1')).not.toThrow()
    expect(() => assertMayCallFrom(caller, '10.0.0.1')).not.toThrow()
  })
})
