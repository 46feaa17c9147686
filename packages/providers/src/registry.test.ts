import type { Transport } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { sim } from './catalog/sim.ts'
import { findProvider, registry } from './registry.ts'

describe('the registry', () => {
  test('finds each provider by its id, and nothing else', () => {
    for (const adapter of registry) expect(findProvider(adapter.id)).toBe(adapter)
    expect(findProvider('nobody')).toBeUndefined()
    expect(findProvider('constructor')).toBeUndefined()
  })

  test('knows the models that the documents name', () => {
    const ids = findProvider('openai')?.models.map(({ id }) => id)
    expect(ids).toEqual(
      expect.arrayContaining([
        'gpt-3.5-turbo',
        'gpt-4o',
        'gpt-4o-mini',
        'dall-e-3',
        'text-embedding-3-small',
        'text-embedding-3-large',
      ]),
    )
  })
})

describe('the simulator as a provider', () => {
  const transport: Transport = { send: () => Promise.reject(new Error('not called')) }
  const { adapter, credentials } = sim({ transport })

  test('is reached over the transport that was handed in', () => {
    expect(adapter.transport).toBe(transport)
    expect(new URL(adapter.baseUrl).hostname).toMatch(/\.invalid$/)
  })

  test('has every model on exactly one credential, and each fault alone on its own', () => {
    const served = credentials.flatMap(({ models }) => models ?? [])
    expect(served.toSorted()).toEqual(adapter.models.map(({ id }) => id).toSorted())
    const faults = credentials.filter(({ models }) => models?.length === 1)
    expect(faults.map(({ name }) => name)).toEqual([
      'error-401',
      'error-429',
      'error-500',
      'timeout',
      'midstream',
      'slow',
      'flaky-30',
    ])
  })
})
