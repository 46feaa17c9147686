import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openStore, type StoreEvent, type StoreLog, type Upkeep } from './index.ts'
import { requestRecord } from './testing/request-record.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

/** A store, and a way to wait for its events. */
async function open(upkeep: Partial<Upkeep>, log?: StoreLog) {
  const dataDir = temporaryFolder()
  const events: StoreEvent[] = []
  let wake = () => {}
  const store = await openStore({
    dataDir,
    upkeep,
    ...(log && { log }),
    onEvent(event) {
      events.push(event)
      wake()
    },
  })
  onTestFinished(() => store.close())
  return {
    store,
    wal: join(dataDir, 'hub.sqlite-wal'),
    /** The next event of this type. */
    async next<T extends StoreEvent['type']>(type: T): Promise<Extract<StoreEvent, { type: T }>> {
      const from = events.length
      for (;;) {
        const found = events.slice(from).find((event) => event.type === type)
        if (found) return found as Extract<StoreEvent, { type: T }>
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

const never = 1e9

test('every commit is followed by a sync', async () => {
  const { store, next } = await open({ syncMs: 1, checkpointMs: never })
  await next('wal_synced') // of what opening wrote
  for (const id of ['a', 'b']) {
    const synced = next('wal_synced')
    await store.recorder.record(requestRecord(id))
    await synced
  }
})

test('the worker moves commits into the database file', async () => {
  const { store, next } = await open({ syncMs: never, checkpointMs: 1 })
  await next('checkpointed')
  await store.recorder.record(requestRecord('a'))
  const { mode, walPages, copiedPages } = await next('checkpointed')
  expect(mode).toBe('passive')
  expect(walPages).toBeGreaterThan(0)
  expect(copiedPages).toBe(walPages)
})

test('a WAL above its limit is emptied', async () => {
  const { store, next, wal } = await open({ syncMs: never, checkpointMs: 1, truncateAboveBytes: 0 })
  await store.recorder.record(requestRecord('a'))
  expect(await next('checkpointed')).toMatchObject({ mode: 'truncate' })
  expect(statSync(wal).size).toBe(0)
})

test('commits go on while the worker checkpoints, and none is lost', async () => {
  const { store, next } = await open({ syncMs: 1, checkpointMs: 1, truncateAboveBytes: 100_000 })
  const ids = Array.from({ length: 2_000 }, (_, at) => `r${at}`)
  const truncated = next('checkpointed')
  for (const id of ids) await store.recorder.record(requestRecord(id))
  await truncated
  expect(await store.requests.list({ limit: 3_000 })).toHaveLength(ids.length)
})

test('the log is told, at the level each event deserves', async () => {
  const lines: string[] = []
  const line = (level: string) => (fields: object) =>
    void lines.push(`${level} ${(fields as StoreEvent).type}`)
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  const { store, next } = await open({ syncMs: 1, checkpointMs: never }, log)
  await next('wal_synced')
  await store.recorder.record(requestRecord('bad', { status: 9_999 }))
  expect(lines).toContain('debug wal_synced')
  expect(lines).toContain('error row_quarantined')
})
