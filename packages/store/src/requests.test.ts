import type { RequestRecord } from '@aigne-hub/core'
import { type AttemptSummary, errorCodes, type Usage } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openStore } from './index.ts'
import { requestRecord } from './testing/request-record.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

async function open() {
  const store = await openStore({ dataDir: temporaryFolder() })
  onTestFinished(() => store.close())
  return store
}

const text = fc.string({ unit: 'binary' })
const name = fc.string({ minLength: 1 })
const counted = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const measured = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })
const errorCode = fc.constantFrom(...(Object.keys(errorCodes) as (keyof typeof errorCodes)[]))
const optional = { requiredKeys: [] }

const attempt: fc.Arbitrary<AttemptSummary> = fc.record(
  {
    provider: text,
    model: text,
    credential: text,
    status: fc.integer({ min: 100, max: 599 }),
    code: errorCode,
    durationMs: measured,
  },
  { requiredKeys: ['provider', 'model', 'credential', 'durationMs'] },
)

const usage: fc.Arbitrary<Usage> = fc
  .tuple(
    fc.record({
      input: counted,
      cacheRead: counted,
      cacheWrite5m: counted,
      cacheWrite1h: counted,
      output: counted,
      reasoning: counted,
      audioIn: counted,
      audioOut: counted,
      imageIn: counted,
      imageOut: counted,
      images: counted,
      seconds: measured,
      characters: counted,
      serverToolRequests: fc.dictionary(name, counted, { noNullPrototype: true }),
      estimated: fc.boolean(),
    }),
    fc.record(
      { serviceTier: text, providerCost: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }) },
      optional,
    ),
  )
  .map(([counts, rest]) => ({ ...counts, ...rest }))

const record: fc.Arbitrary<Omit<RequestRecord, 'id'>> = fc
  .tuple(
    fc.record({
      createdAt: counted,
      accountId: name,
      keyId: text,
      operation: fc.constantFrom('chat' as const, 'embeddings' as const, 'images' as const),
      dialect: fc.constantFrom('openai-chat' as const, 'gemini' as const, 'openai-images' as const),
      requestedModel: text,
      stream: fc.boolean(),
      status: fc.integer({ min: 100, max: 599 }),
      attempts: fc.array(attempt),
      usage,
      dropped: fc.array(text),
      durationMs: measured,
    }),
    fc.record(
      {
        provider: text,
        model: text,
        credentialId: text,
        lane: fc.constantFrom('relay' as const, 'translate' as const),
        errorCode,
        firstEventMs: measured,
      },
      optional,
    ),
  )
  .map(([needed, rest]) => ({ ...needed, ...rest }))

test('whatever is recorded is found again, every member of it', async () => {
  const { recorder, requests } = await open()
  let count = 0
  await fc.assert(
    fc.asyncProperty(record, async (drawn) => {
      const whole = { id: `r${count++}`, ...drawn }
      await recorder.record(whole)
      expect(await requests.find(whole.id)).toEqual(whole)
    }),
    { numRuns: 300 },
  )
})

describe('an account', () => {
  test('finds its own requests only', async () => {
    const { recorder, requests } = await open()
    await recorder.record(requestRecord('a', { accountId: 'acme' }))
    expect((await requests.find('a', 'acme'))?.id).toBe('a')
    expect(await requests.find('a', 'other')).toBeUndefined()
    expect(await requests.find('a', '')).toBeUndefined()
    expect((await requests.find('a'))?.id).toBe('a')
    expect(await requests.find('b')).toBeUndefined()
  })

  test('lists its own requests only', async () => {
    const { recorder, requests } = await open()
    await recorder.record(requestRecord('a', { accountId: 'acme' }))
    await recorder.record(requestRecord('b', { accountId: 'other' }))
    const ids = async (accountId: string) =>
      (await requests.list({ accountId, limit: 10 })).map(({ id }) => id)
    expect(await ids('acme')).toEqual(['a'])
    expect(await ids('nobody')).toEqual([])
    expect(await ids('')).toEqual([])
  })
})

test('pages, newest first, show every request of an account once, whatever their size', async () => {
  const { recorder, requests } = await open()
  let round = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 30 }),
      fc.integer({ min: 1, max: 7 }),
      async (drawn, limit) => {
        const accountId = `acme${round++}`
        const rows = drawn.map((isMine, at) =>
          requestRecord(`${accountId}-${at}`, { accountId: isMine ? accountId : 'other' }),
        )
        await Promise.all(rows.map((row) => recorder.record(row)))
        const listed: RequestRecord[] = []
        for (;;) {
          const before = listed.at(-1)
          const page = await requests.list({ accountId, limit, ...(before && { before }) })
          expect(page.length).toBeLessThanOrEqual(limit)
          if (page.length === 0) break
          listed.push(...page)
        }
        const expected = rows
          .filter((row) => row.accountId === accountId)
          .sort((a, b) => (a.id < b.id ? 1 : -1))
        expect(listed).toEqual(expected)
      },
    ),
    { numRuns: 30 },
  )
})

test('without an account the list is everybody’s', async () => {
  const { recorder, requests } = await open()
  await recorder.record(requestRecord('a', { accountId: 'acme', createdAt: 1 }))
  await recorder.record(requestRecord('b', { accountId: 'other', createdAt: 2 }))
  expect((await requests.list({ limit: 10 })).map(({ id }) => id)).toEqual(['b', 'a'])
  expect((await requests.list({ limit: 1 })).map(({ id }) => id)).toEqual(['b'])
})
