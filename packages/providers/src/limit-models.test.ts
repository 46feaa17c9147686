import { describe, expect, test } from 'vitest'
import { azureOpenaiAdapter } from './catalog/azure-openai.ts'
import { bedrockAdapter } from './catalog/bedrock.ts'
import { doubaoAdapter } from './catalog/doubao.ts'
import { openaiAdapter } from './catalog/openai.ts'
import { vertexAdapter } from './catalog/vertex.ts'
import { limitModels } from './limit-models.ts'

const only = (...args: Parameters<typeof limitModels>) => limitModels(...args).models[0]

describe('the only models of a provider', () => {
  test('keep what is known of them, and there are no others', () => {
    const { models, modelsAreComplete } = limitModels(openaiAdapter, [{ id: 'gpt-5-mini' }])
    expect(models).toEqual([openaiAdapter.models.find(({ id }) => id === 'gpt-5-mini')])
    expect(modelsAreComplete).toBe(true)
    expect(openaiAdapter.models.length).toBeGreaterThan(1)
  })

  test('azure-openai#3: a deployment has the rules of the model that it is said to be', () => {
    const o3 = openaiAdapter.models.find(({ id }) => id === 'o3')
    const deployment = only(azureOpenaiAdapter, [{ id: 'prod', is: 'o3' }])
    expect(deployment).toMatchObject({ id: 'prod', reasoning: true, limits: o3?.limits })
    expect(deployment?.quirks?.unsupported).toContain('temperature')
    expect(deployment?.quirks?.efforts).toEqual(['low', 'medium', 'high'])
    expect(only(azureOpenaiAdapter, [{ id: 'o3' }])?.quirks).toEqual(o3?.quirks)
  })

  test('doubao#5: an endpoint has those of the model behind it', () => {
    const vision = only(doubaoAdapter, [
      { id: 'ep-20260101-abcde', is: 'doubao-embedding-vision-250615' },
    ])
    expect(vision).toMatchObject({ operations: ['embeddings'], dialects: ['doubao-embeddings'] })
  })

  test('bedrock: the ARN of an application profile is what it is said to be', () => {
    const id = 'arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123'
    const profile = only(bedrockAdapter, [{ id, is: 'anthropic.claude-sonnet-5-5' }])
    expect(profile).toMatchObject({ id, reasoning: true })
    expect(profile?.quirks).toMatchObject({ converseReasoning: 'anthropic', mediaByValue: true })
  })

  test('a dated version is described as the model that it is a version of', () => {
    const model = only(openaiAdapter, [{ id: 'mine', is: 'gpt-5-mini-2026-01-02' }])
    const { id: _, ...known } = openaiAdapter.models.find(({ id }) => id === 'gpt-5-mini') ?? {}
    expect(model).toEqual({ ...known, id: 'mine' })
  })

  test('of one that nobody has described anything may be asked that the provider has', () => {
    const operations = ['chat', 'embeddings', 'images', 'speech', 'transcription']
    expect(only(azureOpenaiAdapter, [{ id: 'prod' }])).toMatchObject({ id: 'prod', operations })
  })

  test('one that is newer than the list is described by its family', () => {
    const claude = only(vertexAdapter, [{ id: 'claude-opus-9' }])
    expect(claude?.dialects).toContain('anthropic-messages')
  })
})
