import { describe, expect, test } from 'vitest'
import { checkConformance } from './conformance.ts'
import { openAiCompatible } from './open-ai-compatible.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

checkConformance({ describe, test }, { fixtures })

describe('the conformance suite itself', () => {
  /** Runs the suite and returns the names of the tests that failed, with why. */
  const run = async (adapter: Parameters<typeof openAiCompatible>[0]) => {
    const failed: string[] = []
    const running: Promise<void>[] = []
    const runner = {
      describe: (_: string, body: () => void) => body(),
      test: (name: string, body: () => void | Promise<void>) => {
        const run = async () => body()
        running.push(run().catch((error: unknown) => void failed.push(`${name}: ${error}`)))
      },
    }
    checkConformance(runner, { adapters: [openAiCompatible(adapter)], fixtures })
    await Promise.all(running)
    return failed
  }

  test('names a provider that has no fixtures', async () => {
    const failed = await run({ id: 'newcomer', name: 'New', baseUrl: 'https://new.example/v1' })
    const folder = failed.find((line) => line.startsWith('its answers are recorded'))
    expect(folder).toContain('"newcomer"')
  })

  test('notices a secret that enters the URL', async () => {
    const failed = await run({
      id: 'openai',
      name: 'Leaky',
      baseUrl: 'https://leaky.example/v1',
      sign: (request, { apiKey }) => ({ ...request, url: `${request.url}?key=${apiKey}` }),
    })
    expect(failed).toHaveLength(1)
    expect(failed[0]).toContain('secrets enter headers')
  })

  test('notices a model that no dialect serves', async () => {
    const failed = await run({
      id: 'openai',
      name: 'Half',
      baseUrl: 'https://half.example/v1',
      operations: ['chat'],
      models: [{ id: 'painter', operations: ['images'] }],
    })
    expect(failed).toHaveLength(1)
    expect(failed[0]).toContain('painter')
  })
})
