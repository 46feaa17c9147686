import { describe, expect, test } from 'vitest'
import { anthropicCompatible } from './anthropic-compatible.ts'
import { neverSent } from './testing/answers.ts'

const adapter = anthropicCompatible({
  id: 'example',
  name: 'Example',
  baseUrl: 'https://api.example/v1',
  models: [{ id: 'known', operations: ['chat'], limits: { output: 7 }, reasoning: true }],
})
const read = (body: Parameters<NonNullable<typeof adapter.listModels>['read']>[0]) =>
  adapter.listModels?.read(body)

describe('a provider that speaks Anthropic', () => {
  test('says the version of the API in every request, unless the request does', async () => {
    const request = { method: 'GET', url: '', allowPrivateNetwork: false } as const
    const plain = await adapter.sign({ ...request, headers: {} }, { apiKey: 'key' }, neverSent)
    expect(plain.headers).toEqual({ 'anthropic-version': '2023-06-01', 'x-api-key': 'key' })
    const headers = { 'anthropic-version': '2026-10-21' }
    const written = await adapter.sign({ ...request, headers }, { apiKey: 'key' }, neverSent)
    expect(written.headers).toEqual({ 'anthropic-version': '2026-10-21', 'x-api-key': 'key' })
  })

  test('takes limits and dates from the list of models, and keeps what else is known', () => {
    const listed = {
      display_name: 'Known 1',
      created_at: '2026-01-02T00:00:00Z',
      max_input_tokens: 1000,
      max_tokens: 100,
      retires_at: '2027-02-03T00:00:00Z',
    }
    expect(read({ data: [{ id: 'known', ...listed }, { id: 'new' }] })).toEqual([
      {
        id: 'known',
        name: 'Known 1',
        operations: ['chat'],
        reasoning: true,
        created: Date.UTC(2026, 0, 2) / 1000,
        limits: { context: 1000, output: 100 },
        retires: '2027-02-03',
      },
      { id: 'new', operations: ['chat', 'countTokens'], limits: {} },
    ])
  })

  test('passes over what is none in the list', () => {
    const odd = { id: 'a', created_at: 7, max_tokens: -1, max_input_tokens: 'x', retires_at: null }
    expect(read({ data: [null, 7, {}, { id: '' }, odd] })).toEqual([
      { id: 'a', operations: ['chat', 'countTokens'], limits: {} },
    ])
  })

  test.each([null, [], {}, { data: {} }])('has no list when it is %j', (body) => {
    expect(() => read(body)).toThrow('no list of models')
  })
})
