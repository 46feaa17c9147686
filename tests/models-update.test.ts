import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { difference } from '../scripts/models/difference.ts'
import { generateModels, mergeModels, root } from '../scripts/models/generate.ts'

const generated = generateModels()
const texts = Object.assign({}, ...generated.map((provider) => provider.texts)) as Record<
  string,
  string
>

describe('npm run models:update', () => {
  test.for(Object.entries(texts))('%s is as it would write it', ([path, text]) => {
    expect(readFileSync(new URL(path, root), 'utf8')).toBe(text)
  })

  test('leaves no file behind that it does not write', () => {
    const files = ['packages/providers/models', 'docs/models'].flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, root), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => `${folder}/${name}`),
    )
    expect(files.toSorted()).toEqual(Object.keys(texts).toSorted())
  })

  test('writes the same twice', () => {
    expect(generateModels()).toEqual(generated)
  })

  test('tells what is new, gone and other, a line each', () => {
    const before = {
      families: [],
      models: [
        { id: 'old', prices: [] },
        { id: 'kept', prices: [{ input: '1', output: '2' }] },
        { id: 'dearer', prices: [{ input: '1' }] },
      ],
    }
    const after = {
      families: [],
      models: [
        { id: 'kept', prices: [{ input: '1', output: '2' }] },
        { id: 'dearer', retires: '2027-01-01', prices: [{ input: '1.5' }] },
        { id: 'new', prices: [{ input: '3' }] },
      ],
    }
    expect(difference(before, after)).toEqual([
      '~ dearer: prices [{"input":"1"}] → [{"input":"1.5"}]',
      '~ dearer: retires nothing → "2027-01-01"',
      '+ new: [{"input":"3"}]',
      '- old',
    ])
    expect(difference(after, after)).toEqual([])
  })
})

describe('the price list', () => {
  const overlay = { title: 'Test', sources: [], skip: ['.'], families: [] }

  test('gives a price to the ids it names, and to no others that begin like them', () => {
    const models = { 'gpt-4o-2024-08-06': {}, 'claude-sonnet-5-5': {}, 'gpt-4o': {} }
    const openai = mergeModels({ ...overlay, prices: 'openai', models })
    expect(openai.models.map(({ prices }) => prices[0]?.input)).toEqual(['2.5', undefined, '2.5'])
    // "claude-sonnet-5" is a prefix rule there: another model must not inherit its price.
    const anthropic = mergeModels({ ...overlay, prices: 'anthropic', models })
    expect(anthropic.models[1]).toEqual({ id: 'claude-sonnet-5-5', prices: [] })
  })

  test('has a model under another id where the overlay says so, and nothing says so by mistake', () => {
    const priced = (pricedAs: string) =>
      mergeModels({
        ...overlay,
        prices: 'aws',
        models: { 'us.amazon.nova-pro-v1:0': { pricedAs } },
      })
    expect(priced('amazon.nova-pro-v1:0').models).toMatchObject([
      { id: 'us.amazon.nova-pro-v1:0', prices: [{ input: '0.8', output: '3.2' }] },
    ])
    expect(priced('amazon.nova-pro-v1:0').models[0]).not.toHaveProperty('pricedAs')
    expect(() => priced('amazon.nova-por-v1:0')).toThrow('nova-por')
  })

  test('keeps the date from which a price is another', () => {
    const { models } = mergeModels({ ...overlay, prices: 'openai', models: { o3: {} } })
    expect(models[0]?.prices.map(({ from, input }) => [from, input])).toEqual([
      [undefined, '10'],
      ['2025-06-10', '2'],
    ])
  })

  test('anthropic#12: what a cache write costs, where only its reads are priced', () => {
    const { models } = mergeModels({
      ...overlay,
      cacheWrites: { cacheWrite5m: 1.25, cacheWrite1h: 2 },
      models: {
        cached: {
          prices: [
            {
              input: '0.1',
              cacheRead: '0.01',
              above: { inputTokens: 9, input: '0.5', cacheRead: '1' },
            },
          ],
        },
        partly: { prices: [{ input: '3', cacheRead: '0.3', cacheWrite5m: '3.7' }] },
        uncached: { prices: [{ input: '8', output: '24' }] },
      },
    })
    expect(models.map(({ prices }) => prices[0])).toEqual([
      {
        input: '0.1',
        cacheRead: '0.01',
        cacheWrite5m: '0.125',
        cacheWrite1h: '0.2',
        above: {
          inputTokens: 9,
          input: '0.5',
          cacheRead: '1',
          cacheWrite5m: '0.625',
          cacheWrite1h: '1',
        },
      },
      { input: '3', cacheRead: '0.3', cacheWrite5m: '3.7', cacheWrite1h: '6' },
      { input: '8', output: '24' },
    ])
  })
})
