import { readdirSync, readFileSync } from 'node:fs'
import { parseRate } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { type ModelFile, type PriceRow, readModelFile, type TokenRates } from './model-file.ts'

const folder = new URL('../models/', import.meta.url)
const files: Record<string, ModelFile> = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name.slice(0, -5), JSON.parse(readFileSync(new URL(name, folder), 'utf8'))]),
)
const everyModel = Object.entries(files).flatMap(([provider, { models }]) =>
  models.map((model) => [`${provider}/${model.id}`, model] as const),
)
const find = (name: string) => everyModel.find(([candidate]) => candidate === name)?.[1]

describe('the models we ship', () => {
  test.each([
    ['openai/gpt-3.5-turbo', '2026-10-23'],
    ['openai/gpt-4o-mini', undefined],
    ['anthropic/claude-3-sonnet', '2025-07-21'],
    ['google/gemini-pro', '2025-02-15'],
    ['ollama/llama3', undefined],
    ['openai/dall-e-3', '2026-05-12'],
  ])('%s, which the documents name, is priced, and its retirement is noted', (name, retires) => {
    const model = find(name)
    expect(model?.prices).not.toHaveLength(0)
    expect(model?.retires).toBe(retires)
  })

  test.each([
    'openai/gpt-6.1-sol',
    'openai/gpt-6.1-terra',
    'openai/gpt-6-astra',
    'openai/gpt-6-sol',
    'openai/gpt-6-luna',
    'openai/gpt-5.6-sol',
    'openai/gpt-5.6-terra',
    'openai/gpt-5.6-luna',
    'openai/gpt-5.5',
    'openai/gpt-5.4',
    'openai/gpt-5.4-mini',
    'openai/gpt-5.4-nano',
    'openai/gpt-5-pro',
    'openai/o4-mini',
    'openai/o3-mini',
    'openai/gpt-image-2.6-flare',
    'openai/gpt-image-2.5-sunburst',
    'openai/chatgpt-image-latest',
    'anthropic/claude-opus-5-5',
    'anthropic/claude-sonnet-5-5',
    'anthropic/claude-haiku-5-5',
    'anthropic/claude-fable-5-2',
    'anthropic/claude-fable-5-1',
    'anthropic/claude-fable-5',
    'anthropic/claude-opus-5',
    'anthropic/claude-sonnet-5',
    'anthropic/claude-opus-4-8',
    'anthropic/claude-haiku-4-5',
    'google/gemini-4-argon',
    'google/gemini-4-carbon',
    'google/gemini-4-hydrogen',
    'google/gemini-3.8-flash',
    'google/gemini-3.1-pro-preview',
    'google/gemini-2.5-flash',
    'google/gemini-nano-banana-2.1',
    'google/gemini-embedding-2',
    'bedrock/global.anthropic.claude-opus-5-5',
    'bedrock/us.anthropic.claude-sonnet-5-5',
    'bedrock/amazon.titan-embed-text-v2:0',
    'bedrock/amazon.nova-canvas-v1:0',
    'deepseek/deepseek-v4-pro',
    'xai/grok-4.7',
    'xai/grok-imagine-video',
    'doubao/doubao-seed-2-0-pro-260215',
    'doubao/doubao-seedream-4-5-251128',
    'poe/GPT-Image-1.5',
    'ideogram/ideogram-v4-turbo',
    'vertex/claude-sonnet-4-5@20250929',
    'vertex/gemini-3.8-flash',
    'mistral/mistral-large-4',
    'groq/openai/gpt-oss-120b',
  ])('%s is among them', (name) => {
    expect(find(name)).toBeDefined()
  })

  test('deepseek#8: prices that changed are there with the day they changed on', () => {
    const [before, after] = find('deepseek/deepseek-v4-pro')?.prices ?? []
    expect([before?.from, after?.from]).toEqual([undefined, '2026-08-17'])
    expect(after?.output).not.toBe(before?.output)
  })

  test.each(everyModel)('%s holds together', (_, { released, retires, prices }) => {
    const dates = [released, ...prices.map(({ from }) => from), retires]
    const given = dates.filter((date) => date !== undefined)
    for (const date of given) expect(date).toMatch(/^20\d\d-[01]\d-[0-3]\d$/)
    expect(prices.slice(1).every(({ from }) => from !== undefined)).toBe(true)
    expect(prices.map(({ from = '' }) => from)).toEqual(
      prices.map(({ from = '' }) => from).toSorted(),
    )
    expect((released ?? '') < (retires ?? '9')).toBe(true)
    for (const amount of prices.flatMap(amounts)) {
      expect(() => parseRate(amount, 1_000_000)).not.toThrow()
    }
  })

  test('stay small: they are read at every start', () => {
    const bytes = JSON.stringify(Object.values(files)).length
    expect(bytes).toBeLessThan(300_000)
  })

  test('gemini#13: a long prompt of Gemini 2.5 Pro has a price of its own', () => {
    expect(find('google/gemini-2.5-pro')?.prices).toMatchObject([
      { input: '1.25', output: '10', above: { inputTokens: 200_000, input: '2.5', output: '15' } },
    ])
  })

  test('anthropic#12: a cache that lives an hour is dearer to write than one of five minutes', () => {
    const cached = files.anthropic?.models.flatMap(({ prices }) =>
      prices.filter(({ cacheRead }) => cacheRead !== undefined),
    )
    expect(cached?.length).toBeGreaterThan(20)
    for (const row of cached ?? []) {
      expect(Number(row.cacheWrite5m)).toBeGreaterThan(Number(row.input))
      expect(Number(row.cacheWrite1h)).toBeGreaterThan(Number(row.cacheWrite5m))
    }
  })
})

/** Every amount in a row. */
function amounts(row: PriceRow): string[] {
  const { from: _, above, imageOf = [], serverTools = {}, ...rates } = row
  const { inputTokens: __, ...higher } = above ?? { inputTokens: 0 }
  return [
    ...Object.values(rates satisfies TokenRates & { image?: string }),
    ...Object.values(higher satisfies TokenRates),
    ...imageOf.map(({ price }) => price),
    ...Object.values(serverTools),
  ]
}

describe('a model file', () => {
  const file: ModelFile = {
    families: [
      { match: 'big-2', limits: { output: 9 }, quirks: { unsupported: ['stop'] }, reasoning: true },
      { match: 'big', limits: { context: 5, output: 7 }, features: ['tools'] },
      { match: 'vector', operations: ['embeddings'] },
    ],
    models: [
      { id: 'big-2', released: '2026-01-02', limits: { context: 3 }, prices: [{ input: '1' }] },
      { id: 'big-1', limits: { output: 1 }, prices: [] },
    ],
  }
  const { models, unlisted } = readModelFile(file, {
    unsupported: ['top_k'],
    noStreamOptions: true,
  })

  test('describes a model by its first family, what is said of itself, and the provider', () => {
    expect(models).toEqual([
      {
        id: 'big-2',
        operations: ['chat'],
        created: Date.UTC(2026, 0, 2) / 1000,
        limits: { context: 3, output: 9 },
        reasoning: true,
        quirks: { unsupported: ['top_k', 'stop'], noStreamOptions: true },
      },
      {
        id: 'big-1',
        operations: ['chat'],
        limits: { context: 5, output: 1 },
        features: ['tools'],
        quirks: { unsupported: ['top_k'], noStreamOptions: true },
      },
    ])
  })

  test.each(['big-1-2026-03-05', 'big-1-20260305', 'big-1@20260305', 'big-1-latest'])(
    'describes %s as the version of a listed model that it is',
    (id) => {
      expect(unlisted(id, 'chat')).toEqual({ ...models[1], id })
    },
  )

  test('describes any other model by its family', () => {
    expect(unlisted('big-3', 'chat')).toMatchObject({ id: 'big-3', features: ['tools'] })
    expect(unlisted('vector-1', 'embeddings').operations).toEqual(['embeddings'])
  })

  test('refuses no model: what is asked is among its operations', () => {
    expect(unlisted('unheard-of', 'images')).toEqual({
      id: 'unheard-of',
      operations: ['chat', 'images'],
      quirks: { unsupported: ['top_k'], noStreamOptions: true },
    })
  })
})
