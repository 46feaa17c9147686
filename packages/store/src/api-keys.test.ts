import { type ApiKeyRow, mintApiKey } from '@aigne-hub/identity'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type DeclaredApiKey, openStore, StoreError } from './index.ts'
import { requestRecord } from './testing/request-record.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

async function open() {
  let now = 1_000
  const store = await openStore({ dataDir: temporaryFolder(), clock: { now: () => now } })
  onTestFinished(() => store.close())
  const { apiKeys, recorder } = store
  return {
    apiKeys,
    setTime(time: number) {
      now = time
    },
    /** Resolves once everything enqueued before is written. */
    written: () => recorder.record(requestRecord('last of its turn')),
    async lastUsedAt(id: string) {
      return (await apiKeys.list()).find((row) => row.id === id)?.lastUsedAt
    },
    /** The ids of the enabled keys, in order. */
    async enabled() {
      const rows = (await apiKeys.list()).filter((row) => row.enabled)
      return rows.map(({ id }) => id).sort()
    },
  }
}

const digestOf = (letter: string) => letter.repeat(64)

const declared = (id: string, changes: Partial<DeclaredApiKey> = {}): DeclaredApiKey => ({
  id,
  accountId: 'acme',
  name: `key ${id}`,
  digest: digestOf(id),
  prefix: `hub_live_${id}`,
  loopbackOnly: false,
  admin: false,
  ...changes,
})

const created = (id: string, changes: Partial<ApiKeyRow> = {}): ApiKeyRow => ({
  ...declared(id),
  source: 'created',
  enabled: true,
  createdAt: 500,
  ...changes,
})

describe('a created key', () => {
  test('is found by its digest, with every member', async () => {
    const { apiKeys } = await open()
    const { id, prefix, digest } = mintApiKey({ environment: 'live' })
    const plain = created(id, { prefix, digest })
    const full = created('f', {
      models: ['sim/*', 'fast'],
      loopbackOnly: true,
      admin: true,
      createdAt: 600,
      expiresAt: 9_000,
      lastUsedAt: 700,
    })
    await apiKeys.insert(plain)
    await apiKeys.insert(full)
    expect(await apiKeys.findByDigest(digest)).toEqual(plain)
    expect(await apiKeys.findByDigest(digestOf('f'))).toEqual(full)
    expect(await apiKeys.list()).toEqual([full, plain])
    expect(await apiKeys.findByDigest(digestOf('0'))).toBeUndefined()
  })

  test('that may use no model at all is not one that may use any', async () => {
    const { apiKeys } = await open()
    await apiKeys.insert(created('a', { models: [] }))
    expect((await apiKeys.findByDigest(digestOf('a')))?.models).toEqual([])
  })

  test('cannot take the id or the secret of another', async () => {
    const { apiKeys, enabled } = await open()
    await apiKeys.insert(created('a'))
    await expect(apiKeys.insert(created('a', { digest: digestOf('b') }))).rejects.toThrow(
      StoreError,
    )
    await expect(apiKeys.insert(created('b', { digest: digestOf('a') }))).rejects.toThrow(
      'The API keys "key b" and "key a" are the same. Give each one of its own.',
    )
    expect(await enabled()).toEqual(['a'])
  })

  test('is listed newest first, to its own account or to whoever sees all', async () => {
    const { apiKeys } = await open()
    await apiKeys.insert(created('a', { createdAt: 1 }))
    await apiKeys.insert(created('b', { createdAt: 3, accountId: 'other' }))
    await apiKeys.insert(created('c', { createdAt: 2 }))
    const ids = async (accountId?: string) => (await apiKeys.list(accountId)).map(({ id }) => id)
    expect(await ids()).toEqual(['b', 'c', 'a'])
    expect(await ids('acme')).toEqual(['c', 'a'])
    expect(await ids('')).toEqual([])
  })

  test('is disabled by its own account or by whoever may disable all', async () => {
    const { apiKeys, enabled } = await open()
    await apiKeys.insert(created('a'))
    await apiKeys.insert(created('b'))
    expect(await apiKeys.disable('a', 'other')).toBe(false)
    expect(await enabled()).toEqual(['a', 'b'])
    expect(await apiKeys.disable('a', 'acme')).toBe(true)
    expect(await apiKeys.disable('b')).toBe(true)
    expect(await apiKeys.disable('never')).toBe(false)
    expect(await enabled()).toEqual([])
    expect(await apiKeys.findByDigest(digestOf('a'))).toBeUndefined()
    expect(await apiKeys.list()).toHaveLength(2)
  })
})

describe('declared keys', () => {
  test('are added, changed, disabled when they vanish and enabled when they come back', async () => {
    const { apiKeys, enabled, setTime } = await open()
    await apiKeys.declare('file', [declared('a'), declared('b')])
    setTime(2_000)
    await apiKeys.declare('file', [declared('b', { name: 'renamed', models: ['fast'] })])
    expect(await enabled()).toEqual(['b'])
    expect(await apiKeys.findByDigest(digestOf('b'))).toEqual({
      ...declared('b', { name: 'renamed', models: ['fast'] }),
      source: 'file',
      enabled: true,
      createdAt: 1_000,
    })
    await apiKeys.declare('file', [declared('a'), declared('b')])
    expect(await enabled()).toEqual(['a', 'b'])
    expect((await apiKeys.findByDigest(digestOf('b')))?.models).toBeUndefined()
    await apiKeys.declare('file', [])
    expect(await enabled()).toEqual([])
  })

  test('of one source leave those of another, and created ones, alone', async () => {
    const { apiKeys, enabled } = await open()
    await apiKeys.insert(created('a'))
    await apiKeys.declare('environment', [declared('b')])
    await apiKeys.declare('demo', [declared('c')])
    await apiKeys.declare('file', [])
    await apiKeys.declare('demo', [])
    expect(await enabled()).toEqual(['a', 'b'])
  })

  test('may change their secret, and swap it', async () => {
    const { apiKeys } = await open()
    await apiKeys.declare('file', [declared('a'), declared('b')])
    const swapped = [
      declared('a', { digest: digestOf('b') }),
      declared('b', { digest: digestOf('a') }),
    ]
    await apiKeys.declare('file', swapped)
    expect((await apiKeys.findByDigest(digestOf('b')))?.id).toBe('a')
    expect((await apiKeys.findByDigest(digestOf('a')))?.id).toBe('b')
  })

  test('may pass their secret on to a new name', async () => {
    const { apiKeys, enabled } = await open()
    await apiKeys.declare('file', [declared('a')])
    await apiKeys.declare('file', [declared('b', { digest: digestOf('a') })])
    expect(await enabled()).toEqual(['b'])
    expect((await apiKeys.findByDigest(digestOf('a')))?.id).toBe('b')
  })

  test('of which two are the same change nothing at all', async () => {
    const { apiKeys, enabled } = await open()
    await apiKeys.declare('file', [declared('a')])
    const same = [declared('b'), declared('c', { digest: digestOf('b') })]
    await expect(apiKeys.declare('file', same)).rejects.toThrow('"key c" and "key b" are the same')
    expect(await enabled()).toEqual(['a'])
  })

  test('may move to another source, in either order', async () => {
    const { apiKeys, enabled } = await open()
    await apiKeys.declare('file', [declared('a')])
    await apiKeys.declare('environment', [declared('a', { admin: true })])
    await apiKeys.declare('file', [])
    expect(await apiKeys.findByDigest(digestOf('a'))).toMatchObject({
      source: 'environment',
      admin: true,
    })
    await apiKeys.declare('environment', [])
    await apiKeys.declare('file', [declared('a')])
    expect(await enabled()).toEqual(['a'])
    expect((await apiKeys.findByDigest(digestOf('a')))?.admin).toBe(false)
  })

  test('cannot take over a key that somebody created', async () => {
    const { apiKeys } = await open()
    await apiKeys.insert(created('a'))
    const taking = declared('a', { digest: digestOf('b'), admin: true })
    await expect(apiKeys.declare('file', [taking])).rejects.toThrow('another key has it')
    expect(await apiKeys.list()).toEqual([created('a')])
  })
})

describe('the last use of a key', () => {
  test('is kept, and forward only', async () => {
    const { apiKeys, written, lastUsedAt } = await open()
    await apiKeys.insert(created('a'))
    await apiKeys.insert(created('b', { lastUsedAt: 5_000 }))
    apiKeys.touch('a')
    apiKeys.touch('b')
    await written()
    expect(await lastUsedAt('a')).toBe(1_000)
    expect(await lastUsedAt('b')).toBe(5_000)
  })

  test('is written once a minute', async () => {
    const { apiKeys, written, lastUsedAt, setTime } = await open()
    await apiKeys.insert(created('a'))
    const useAt = async (time: number) => {
      setTime(time)
      apiKeys.touch('a')
      await written()
      return lastUsedAt('a')
    }
    expect(await useAt(100_000)).toBe(100_000)
    expect(await useAt(159_999)).toBe(100_000)
    expect(await useAt(160_000)).toBe(160_000)
  })

  test('survives a new declaration of the key', async () => {
    const { apiKeys, written, lastUsedAt } = await open()
    await apiKeys.declare('file', [declared('a')])
    apiKeys.touch('a')
    await written()
    await apiKeys.declare('file', [declared('a')])
    expect(await lastUsedAt('a')).toBe(1_000)
  })
})
