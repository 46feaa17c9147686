import { describe, expect, test } from 'vitest'
import { geminiCompatible } from './gemini-compatible.ts'

const adapter = geminiCompatible({
  id: 'example',
  name: 'Example',
  baseUrl: 'https://api.example/v1beta',
  models: [{ id: 'known', operations: ['chat'], limits: { output: 7 }, reasoning: true }],
})
const read = (body: Parameters<NonNullable<typeof adapter.listModels>['read']>[0]) =>
  adapter.listModels?.read(body)

describe('a provider that speaks Gemini', () => {
  test('takes methods and limits from the list of models, and keeps what else is known', () => {
    const chat = { supportedGenerationMethods: ['generateContent', 'countTokens', 'other'] }
    const known = { displayName: 'Known 1', inputTokenLimit: 1000, outputTokenLimit: 100, ...chat }
    const models = [
      { name: 'models/known', ...known },
      { name: 'tunedModels/mine', ...chat },
      { name: 'models/vectors', supportedGenerationMethods: ['embedContent'] },
      { name: 'models/films', supportedGenerationMethods: ['predictLongRunning'] },
    ]
    expect(read({ models })).toEqual([
      {
        id: 'known',
        name: 'Known 1',
        operations: ['chat'],
        reasoning: true,
        limits: { context: 1000, output: 100 },
      },
      { id: 'tunedModels/mine', operations: ['chat', 'countTokens'], limits: {} },
      { id: 'vectors', operations: ['embeddings'], limits: {} },
      { id: 'films', operations: ['video'], limits: {} },
    ])
  })

  test('passes over models that can do nothing we could ask', () => {
    const models = [
      null,
      {},
      { name: 'models/a' },
      { name: 'models/b', supportedGenerationMethods: ['bidiGenerateContent', 7] },
      { name: 'models/c', supportedGenerationMethods: ['countTextTokens'] },
    ]
    expect(read({ models })).toEqual([])
  })

  test.each([null, [], {}, { models: {} }])('has no list when it is %j', (body) => {
    expect(() => read(body)).toThrow('no list of models')
  })
})
