import type { Model } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { openAiCompatible } from './open-ai-compatible.ts'
import { neverSent } from './testing/answers.ts'

const options = { id: 'example', name: 'Example', baseUrl: 'https://api.example/v1' }

describe('an OpenAI-compatible provider', () => {
  test('offers only the operations it has', () => {
    const { dialects, relay } = openAiCompatible({ ...options, operations: ['chat'] })
    expect(Object.keys(dialects)).toEqual(['chat'])
    expect(relay).toEqual(['openai-chat'])
  })

  test('offers of a model only what one of its dialects serves', () => {
    const { models } = openAiCompatible({
      ...options,
      operations: ['chat'],
      models: [
        { id: 'painter', operations: ['images'] },
        { id: 'all', operations: ['chat', 'images'] },
      ],
    })
    expect(models).toEqual([{ id: 'all', operations: ['chat'] }])
  })

  test('shows none of its own headers, and puts the credential over them', async () => {
    const adapter = openAiCompatible({ ...options, headers: { 'x-secret': 'canary' } })
    expect(JSON.stringify(adapter)).not.toContain('canary')
    const request = { method: 'GET', url: '', headers: { 'x-a': '1' }, allowPrivateNetwork: false }
    const signed = await adapter.sign({ ...request, method: 'GET' }, { apiKey: 'sk-1' }, neverSent)
    expect(signed.headers).toEqual({
      'x-a': '1',
      'x-secret': 'canary',
      authorization: 'Bearer sk-1',
    })
  })
})

describe('its list of models', () => {
  const known: Model[] = [{ id: 'thinker', operations: ['chat'], reasoning: true }]
  const read = (body: Parameters<NonNullable<ReturnType<typeof list>>>[0]) => list()?.(body)
  const list = () => openAiCompatible({ ...options, models: known }).listModels?.read

  test('adds what is known, and reads off the name what an unknown model can do', () => {
    const named = {
      'llama-4': 'chat',
      'nomic-embed-text': 'embeddings',
      'gpt-image-9': 'images',
      'whisper-1': 'transcription',
      'gpt-9-transcribe': 'transcription',
      'gpt-9-tts': 'speech',
      'omni-moderation-latest': 'moderations',
      'bge-reranker-v2': 'rerank',
      'sora-3': 'video',
    }
    const ids = ['thinker', ...Object.keys(named)]
    expect(read({ data: ids.map((id) => ({ id, created: 7 })) })).toEqual([
      { id: 'thinker', operations: ['chat'], reasoning: true, created: 7 },
      ...Object.entries(named).map(([id, name]) => ({ id, operations: [name], created: 7 })),
    ])
  })

  test('leaves out what can only be had live', () => {
    expect(read({ data: [{ id: 'gpt-realtime-2' }] })).toEqual([])
  })

  test('takes dates in milliseconds, as Poe gives them, for what they are', () => {
    expect(read({ data: [{ id: 'a', created: 1_795_132_800_000 }] })?.[0]?.created).toBe(
      1_795_132_800,
    )
  })

  test('passes over entries that are none', () => {
    expect(read({ data: [null, 7, {}, { id: 7 }, { id: '' }, { id: 'a', created: 'x' }] })).toEqual(
      [{ id: 'a', operations: ['chat'] }],
    )
  })

  test.each([null, [], {}, { data: {} }, 'text'])('is no list when it is %j', (body) => {
    expect(() => read(body)).toThrow('no list of models')
  })
})
