import type { EmbeddingsRequest, ProviderDialect, WireRequest } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { findProvider } from './registry.ts'
import { modelOf } from './testing/written.ts'

/** The requests that embedding three texts begins with. */
function embedded(provider: string, id: string): readonly WireRequest[] {
  const adapter = findProvider(provider)
  const model = modelOf(provider, id)
  const all: readonly ProviderDialect<'embeddings'>[] = adapter?.dialects.embeddings ?? []
  const dialect = all.find((one) => model?.dialects?.includes(one.id) ?? true)
  if (!dialect || !model || !('exchange' in dialect)) throw new Error(`Nobody embeds with ${id}.`)
  const request: EmbeddingsRequest = { model: id, input: ['a', 'b', 'c'], encoding: 'float' }
  const step = dialect.exchange(request, { provider, model: id, quirks: model.quirks ?? {} }).next()
  return !step.done && step.value.do === 'send' ? step.value.requests : []
}

describe('how many texts are embedded at once', () => {
  test.each([
    ['vertex', 'text-embedding-005', 1, ':predict'],
    ['vertex', 'gemini-embedding-001', 3, ':predict'],
    ['vertex', 'gemini-embedding-2', 3, ':embedContent'],
    ['google', 'gemini-embedding-001', 1, ':batchEmbedContents'],
    ['doubao', 'doubao-embedding-vision-250615', 3, '/embeddings/multimodal'],
  ])('%s/%s: three take %i requests to %s', (provider, id, count, path) => {
    const requests = embedded(provider, id)
    expect(requests).toHaveLength(count)
    for (const request of requests) expect(request.path).toContain(path)
  })
})

test('poe: a bot that draws is asked in chat, and by images', () => {
  expect(modelOf('poe', 'GPT-Image-1.5')?.operations).toEqual(['chat', 'images'])
  expect(modelOf('poe', 'FLUX-pro-2')?.operations).toEqual(['chat', 'images'])
  expect(modelOf('poe', 'Claude-Opus-4.7')?.dialects).toContain('anthropic-messages')
  expect(modelOf('poe', 'GPT-5.4')?.dialects).not.toContain('anthropic-messages')
})

test.each([
  ['xai', 'grok-imagine-image-pro', ['images']],
  ['xai', 'grok-imagine-video-1.5', ['video']],
  ['doubao', 'doubao-seedream-9-0-270101', ['images']],
  ['doubao', 'doubao-seedance-9-0-270101', ['video']],
  ['openrouter', 'cohere/rerank-v9', ['rerank']],
  ['openrouter', 'black-forest-labs/flux.2-pro', ['images']],
  ['google', 'veo-9-generate', ['video']],
  ['groq', 'whisper-large-v3', ['transcription']],
  ['openai', 'gpt-9-tts', ['speech']],
  ['mistral', 'mistral-moderation-2603', ['moderations']],
  ['lmstudio', 'text-embedding-nomic-embed-text-v1.5', ['embeddings']],
] as const)('%s/%s is asked for %j and nothing else', (provider, id, operations) => {
  expect(findProvider(provider)?.unlisted?.(id, operations[0]).operations).toEqual(operations)
})

test.each([
  ['google', 'gemini-3-pro-image'],
  ['google', 'veo-3.1-generate-preview'],
  ['vertex', 'gemini-2.5-flash-image'],
  ['openai', 'gpt-image-2'],
  ['azure-openai', 'gpt-image-2'],
  ['bedrock', 'amazon.nova-canvas-v1:0'],
  ['ideogram', 'ideogram-v3'],
])('%s/%s takes the data of a picture, so the hub fetches addresses for it', (provider, id) => {
  expect(modelOf(provider, id)?.quirks?.mediaByValue).toBe(true)
})
