import { expect, onTestFinished, test } from 'vitest'
import { openStore } from './store.ts'
import type { StoredAnswerRow } from './stored-answers.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

let now = 1_000

async function open() {
  const store = await openStore({ dataDir: temporaryFolder(), clock: { now: () => now } })
  onTestFinished(() => store.close())
  return store.storedAnswers
}

const row = (id: string, rest: Partial<StoredAnswerRow> = {}): StoredAnswerRow => ({
  accountId: 'a',
  id,
  sealed: `sealed ${id}`,
  createdAt: now,
  expiresAt: now + 100,
  ...rest,
})

const idsOf = (rows: readonly StoredAnswerRow[]) => rows.map(({ id }) => id)

test('a chain comes back from its first answer to the one asked for', async () => {
  const answers = await open()
  await answers.keep(row('1'))
  await answers.keep(row('2', { previousId: '1' }))
  await answers.keep(row('2b', { previousId: '1' }))
  await answers.keep(row('3', { previousId: '2' }))
  expect(await answers.chain('a', '3')).toEqual([
    row('1'),
    row('2', { previousId: '1' }),
    row('3', { previousId: '2' }),
  ])
})

test('another account finds nothing, even by the same id', async () => {
  const answers = await open()
  await answers.keep(row('1'))
  expect(await answers.chain('b', '1')).toEqual([])
  await answers.keep(row('1', { accountId: 'b', sealed: 'of b' }))
  expect(await answers.chain('b', '1')).toMatchObject([{ sealed: 'of b' }])
  expect(await answers.chain('a', '1')).toMatchObject([{ sealed: 'sealed 1' }])
})

test('an answer can be had alone, by its account, until it expires', async () => {
  const answers = await open()
  await answers.keep(row('1'))
  await answers.keep(row('2', { previousId: '1' }))
  await answers.remove('a', '1')
  expect(await answers.get('a', '2')).toEqual(row('2', { previousId: '1' }))
  expect(await answers.get('b', '2')).toBeUndefined()
  now += 100
  expect(await answers.get('a', '2')).toBeUndefined()
})

test('a chain whose beginning is gone is gone', async () => {
  const answers = await open()
  await answers.keep(row('1'))
  await answers.keep(row('2', { previousId: '1' }))
  expect(await answers.remove('b', '1')).toBe(false)
  expect(await answers.remove('a', '1')).toBe(true)
  expect(await answers.chain('a', '2')).toEqual([])
})

test('an answer expires, unless a later one continues it', async () => {
  const answers = await open()
  await answers.keep(row('old'))
  await answers.keep(row('1'))
  now += 90
  await answers.keep(row('2', { previousId: '1' }))
  now += 20
  expect(idsOf(await answers.chain('a', 'old'))).toEqual([])
  expect(idsOf(await answers.chain('a', '2'))).toEqual(['1', '2'])
  expect(await answers.removeExpired()).toBe(1)
  expect(idsOf(await answers.chain('a', '2'))).toEqual(['1', '2'])
})

test('a place at a provider is kept without words', async () => {
  const answers = await open()
  const { sealed: _, ...rest } = row('1', { provider: 'openai', credentialId: 'c' })
  await answers.keep(rest)
  expect(await answers.chain('a', '1')).toEqual([rest])
})
