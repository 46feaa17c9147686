import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
} from 'node:fs'
import { usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commitParts } from './testing/commit-parts.ts'
import { requestRecord } from './testing/request-record.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const bad = (id: string) => requestRecord(id, { status: 9_999 })
// Long enough that a few do not fit into what is left of the pages of a full database.
const long = (id: string) => requestRecord(id, { requestedModel: 'x'.repeat(20_000) })
const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(3, '0')}`)
const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { row?: { id: string }; [name: string]: unknown })

describe('a group commit', () => {
  test('writes everything of one turn in one transaction, in order', async () => {
    const { recorder, statements, storedIds } = commitParts(temporaryFolder())
    const ids = named('r', 50)
    statements.length = 0
    await Promise.all(ids.map((id) => recorder.record(requestRecord(id))))
    expect(statements[0]).toBe('BEGIN IMMEDIATE')
    expect(statements.slice(1, -1).map((insert) => /values \('(r\d+)'/.exec(insert)?.[1])).toEqual(
      ids,
    )
    expect(statements.at(-1)).toBe('COMMIT')
    expect(storedIds()).toEqual(ids)
  })

  test('writes the next turn in a transaction of its own', async () => {
    const { recorder, statements } = commitParts(temporaryFolder())
    statements.length = 0
    await recorder.record(requestRecord('a'))
    await recorder.record(requestRecord('b'))
    expect(statements.filter((statement) => statement === 'COMMIT')).toHaveLength(2)
  })

  test('lets turns that follow one another under load share a transaction', async () => {
    const { recorder, statements, storedIds } = commitParts(temporaryFolder())
    const record = (ids: string[]) =>
      Promise.all(ids.map((id) => recorder.record(requestRecord(id))))
    await record(named('a', 10))
    statements.length = 0
    const first = record(named('b', 3))
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([first, record(named('c', 3))])
    expect(statements.filter((statement) => statement === 'COMMIT')).toHaveLength(1)
    expect(storedIds()).toHaveLength(16)
    // Nobody waits for company longer than four turns.
    statements.length = 0
    const alone = recorder.record(requestRecord('d'))
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(statements.at(-1)).toBe('COMMIT')
    await alone
  })

  test('acknowledges a row after its commit, not before', async () => {
    const { recorder, statements } = commitParts(temporaryFolder())
    statements.length = 0
    const recorded = recorder.record(requestRecord('a')).then(() => statements.push('acknowledged'))
    expect(statements).toEqual([])
    await recorded
    expect(statements.slice(-2)).toEqual(['COMMIT', 'acknowledged'])
  })

  test('writes the same row twice as once', async () => {
    const { recorder, storedIds, events } = commitParts(temporaryFolder())
    await Promise.all([recorder.record(requestRecord('a')), recorder.record(requestRecord('a'))])
    await recorder.record(requestRecord('a'))
    expect(storedIds()).toEqual(['a'])
    expect(events).toEqual([])
  })

  test('writes what is waiting when it is closed, and takes no more', async () => {
    const { recorder, groupCommit, storedIds } = commitParts(temporaryFolder())
    const recorded = recorder.record(requestRecord('a'))
    groupCommit.close()
    expect(storedIds()).toEqual(['a'])
    await recorded
    await expect(recorder.record(requestRecord('b'))).rejects.toMatchObject({
      code: 'storage_unavailable',
    })
  })
})

describe('a row that the database refuses', () => {
  test('goes to the quarantine and is acknowledged; the rest of its batch is stored', async () => {
    const { recorder, storedIds, files, events } = commitParts(temporaryFolder())
    await Promise.all([
      recorder.record(requestRecord('a')),
      recorder.record(bad('b')),
      recorder.record(requestRecord('c')),
    ])
    expect(storedIds()).toEqual(['a', 'c'])
    const reason = 'CHECK constraint failed: requests_status'
    expect(linesOf(files.quarantine)).toEqual([
      { at: 1_000, kind: 'request', reason, row: JSON.parse(JSON.stringify(bad('b'))) },
    ])
    expect(events).toEqual([
      { type: 'row_quarantined', kind: 'request', reason, file: files.quarantine },
    ])
  })

  test('never keeps another row out, whatever the mixture', async () => {
    const folder = temporaryFolder()
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 20 }), async (goods) => {
        const { recorder, storedIds, files } = commitParts(`${folder}/${round++}`)
        const rows = goods.map((isGood, at) => (isGood ? requestRecord(`r${at}`) : bad(`r${at}`)))
        await Promise.all(rows.map((row) => recorder.record(row)))
        const quarantined = existsSync(files.quarantine) ? linesOf(files.quarantine) : []
        const idsWhere = (wanted: boolean) =>
          rows.filter((_, at) => goods[at] === wanted).map(({ id }) => id)
        expect(storedIds()).toEqual(idsWhere(true))
        expect(quarantined.map(({ row }) => row?.id)).toEqual(idsWhere(false))
      }),
      { numRuns: 15 },
    )
  })

  test('is the only one that fails when the quarantine cannot be written either', async () => {
    const { recorder, storedIds, files } = commitParts(temporaryFolder())
    mkdirSync(files.quarantine)
    const outcomes = await Promise.allSettled([
      recorder.record(requestRecord('a')),
      recorder.record(bad('b')),
      recorder.record(requestRecord('c')),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'storage_unavailable', status: 503 } })
    expect(storedIds()).toEqual(['a', 'c'])
  })
})

describe('when the database is full', () => {
  test('rows are kept in a file and acknowledged, and follow once there is room', async () => {
    const { recorder, fill, reported, storedIds, files, events } = commitParts(temporaryFolder())
    await recorder.record(requestRecord('before'))
    const makeRoom = fill()
    const ids = named('r', 5)
    await Promise.all(ids.map((id) => recorder.record(long(id))))
    expect(storedIds()).toEqual(['before'])
    expect(linesOf(files.unposted).map(({ row }) => row?.id)).toEqual(ids)
    expect(events[0]).toEqual({
      type: 'rows_unposted',
      reason: 'database or disk is full',
      file: files.unposted,
    })

    await recorder.record(requestRecord('later')) // Fits, but lines up behind those that wait.
    expect(storedIds()).toEqual(['before'])

    makeRoom()
    await reported('rows_replayed')
    expect(storedIds()).toEqual(['before', ...ids, 'later'])
    expect(existsSync(files.unposted)).toBe(false)
    expect(events.filter(({ type }) => type === 'rows_unposted')).toHaveLength(1)
    expect(events.at(-1)).toEqual({ type: 'rows_replayed', rows: 6 })

    await recorder.record(requestRecord('after'))
    expect(storedIds().at(-1)).toBe('after')
  })

  test('the file outlives the process, and the next start stores its rows', async () => {
    const folder = temporaryFolder()
    const first = commitParts(folder)
    first.fill()
    const usage = usageOf({ providerCost: 9_007_199_254_740_993n })
    await Promise.all([
      first.recorder.record(long('a')),
      first.recorder.record({ ...long('b'), usage }),
    ])
    first.groupCommit.close()
    expect(existsSync(first.files.unposted)).toBe(true)

    const second = commitParts(folder)
    expect(second.storedIds()).toEqual(['a', 'b'])
    expect(second.events).toEqual([{ type: 'rows_replayed', rows: 2 }])
    const cost = second.sqlite
      .prepare("select cast(provider_cost_nano_usd as text) from requests where id = 'b'")
      .pluck()
    expect(cost.get()).toBe('9007199254740993')
    expect(existsSync(second.files.unposted)).toBe(false)
  })

  test('a crash between storing the rows and removing the file stores nothing twice', async () => {
    const folder = temporaryFolder()
    const first = commitParts(folder)
    first.fill()
    await Promise.all([first.recorder.record(long('a')), first.recorder.record(long('b'))])
    first.groupCommit.close()
    copyFileSync(first.files.unposted, `${folder}/copy`)
    commitParts(folder)
    copyFileSync(`${folder}/copy`, first.files.unposted)
    expect(commitParts(folder).storedIds()).toEqual(['a', 'b'])
  })

  test('a refused row and an unreadable line among those kept go to the quarantine', async () => {
    const folder = temporaryFolder()
    const first = commitParts(folder)
    first.fill()
    await Promise.all([
      first.recorder.record(long('a')),
      first.recorder.record({ ...long('b'), status: 9_999 }),
    ])
    first.groupCommit.close()
    appendFileSync(first.files.unposted, '{"kind":"request","row":{"id":"cut sh')

    const second = commitParts(folder)
    expect(second.storedIds()).toEqual(['a'])
    const kept = linesOf(second.files.quarantine)
    expect(kept.map(({ row, line }) => row?.id ?? line)).toEqual([
      '{"kind":"request","row":{"id":"cut sh',
      'b',
    ])
    expect(existsSync(second.files.unposted)).toBe(false)
  })

  test('and the file cannot be written either, whoever records is told; later rows are stored', async () => {
    const { recorder, fill, storedIds, files, events } = commitParts(temporaryFolder())
    mkdirSync(files.unposted)
    const makeRoom = fill()
    const outcomes = await Promise.allSettled([
      recorder.record(long('a')),
      recorder.record(long('b')),
    ])
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'storage_unavailable' } },
      { status: 'rejected', reason: { code: 'storage_unavailable' } },
    ])
    expect(events).toMatchObject([{ type: 'rows_refused', rows: 2 }])
    rmdirSync(files.unposted)
    makeRoom()
    await recorder.record(requestRecord('c'))
    expect(storedIds()).toEqual(['c'])
  })
})
