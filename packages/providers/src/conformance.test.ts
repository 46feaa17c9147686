import { openAiChat, openAiResponses } from '@aigne-hub/dialects'
import type { ProviderAdapter } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { checkConformance } from './conformance.ts'
import { openAiCompatible } from './open-ai-compatible.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

checkConformance({ describe, test }, { fixtures })

describe('the conformance suite itself', () => {
  /** Runs the suite and returns the names of the tests that failed, with why. */
  const run = async (adapter: ProviderAdapter) => {
    const failed: string[] = []
    const running: Promise<void>[] = []
    const runner = {
      describe: (_: string, body: () => void) => body(),
      test: (name: string, body: () => void | Promise<void>) => {
        const run = async () => body()
        running.push(run().catch((error: unknown) => void failed.push(`${name}: ${error}`)))
      },
    }
    checkConformance(runner, { adapters: [adapter], fixtures })
    await Promise.all(running)
    return failed
  }

  const newcomer = { id: 'newcomer', name: 'New', baseUrl: 'https://new.example/v1' }
  const missing = (failed: string[]) =>
    failed.find((line) => line.startsWith('its answers are recorded'))

  test('names a provider that has no fixtures', async () => {
    expect(missing(await run(openAiCompatible(newcomer)))).toContain('"newcomer"')
  })

  test('asks for the answers of every dialect, in its name', async () => {
    const chat = [openAiChat, openAiResponses]
    const lacks = missing(await run(openAiCompatible({ ...newcomer, chat })))
    const files = ['chat.json', 'tool-call.sse', 'openai-responses.json', 'openai-responses.sse']
    for (const file of files) expect(lacks).toContain(`'${file}'`)
  })

  test('notices a secret that enters the URL', async () => {
    const leaky = openAiCompatible({
      ...newcomer,
      id: 'openai',
      operations: ['chat'],
      sign: (request, { apiKey }) => ({ ...request, url: `${request.url}?key=${apiKey}` }),
    })
    const failed = await run(leaky)
    expect(failed).toHaveLength(1)
    expect(failed[0]).toContain('secrets enter headers')
  })

  test('notices a model that no dialect serves', async () => {
    const half = openAiCompatible({ ...newcomer, id: 'openai', operations: ['chat'] })
    const failed = await run({ ...half, models: [{ id: 'painter', operations: ['images'] }] })
    expect(failed).toHaveLength(1)
    expect(failed[0]).toContain('painter')
  })

  test('notices a model whose only dialect its provider does not speak', async () => {
    const dialects = ['openai-responses'] as const
    const models = [{ id: 'talker', operations: ['chat'], dialects }] as const
    const options = { ...newcomer, id: 'openai', operations: ['chat'], models } as const
    const failed = await run(openAiCompatible(options))
    expect(failed).toHaveLength(1)
    expect(failed[0]).toContain('talker')
  })
})
