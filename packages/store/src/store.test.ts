import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openStore, StoreError, StoreInUseError } from './index.ts'
import { requestRecord } from './testing/request-record.ts'
import { spawnChild } from './testing/spawn-child.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

/** A new folder, and a store in it that is closed when the test ends. */
async function openNew() {
  const dataDir = join(temporaryFolder(), 'data')
  const store = await openStore({ dataDir })
  onTestFinished(() => store.close())
  return { dataDir, store }
}

/** Asks the database of a closed store. */
function ask<Row>(dataDir: string, query: string): Row[] {
  const sqlite = new Database(join(dataDir, 'hub.sqlite'))
  try {
    return sqlite.prepare<[], Row>(query).all()
  } finally {
    sqlite.close()
  }
}

describe('a new data folder', () => {
  test('is for its owner alone, and so is every file of data in it', async () => {
    const { dataDir, store } = await openNew()
    await store.recorder.record(requestRecord('a'))
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
    expect(mode(dataDir)).toBe('700')
    expect(mode(join(dataDir, 'hub.sqlite'))).toBe('600')
    expect(mode(join(dataDir, 'hub.sqlite-wal'))).toBe('600')
  })

  test('gets an id that stays', async () => {
    const { dataDir, store } = await openNew()
    await store.close()
    const again = await openStore({ dataDir })
    await again.close()
    expect(store.installationId).toMatch(/^[0-9a-f-]{36}$/)
    expect(again.installationId).toBe(store.installationId)
    expect((await openNew()).store.installationId).not.toBe(store.installationId)
  })

  test('has STRICT tables only, apart from the list of migrations', async () => {
    const { dataDir, store } = await openNew()
    await store.close()
    const tables = ask<{ name: string; strict: number }>(
      dataDir,
      "select name, strict from pragma_table_list where schema = 'main' and name not like 'sqlite_%' order by name",
    )
    expect(tables).toEqual([
      { name: '__drizzle_migrations', strict: 0 },
      { name: 'api_keys', strict: 1 },
      { name: 'requests', strict: 1 },
      { name: 'settings', strict: 1 },
      { name: 'stored_answers', strict: 1 },
    ])
  })
})

test('opening again changes neither the schema nor the list of migrations', async () => {
  const { dataDir, store } = await openNew()
  await store.close()
  const look = () => [
    ask(dataDir, 'select sql from sqlite_master order by name'),
    ask(dataDir, 'select hash, created_at from __drizzle_migrations'),
  ]
  const before = look()
  await (await openStore({ dataDir })).close()
  expect(look()).toEqual(before)
})

describe('closing', () => {
  test('stores what is waiting and leaves one database file', async () => {
    const { dataDir, store } = await openNew()
    const recorded = store.recorder.record(requestRecord('a'))
    await store.close()
    await recorded
    expect(readdirSync(dataDir).sort()).toEqual(['hub.lock', 'hub.sqlite'])
    expect(ask(dataDir, 'select id from requests')).toEqual([{ id: 'a' }])
  })

  test('twice is as good as once, and nothing is recorded afterwards', async () => {
    const { store } = await openNew()
    await Promise.all([store.close(), store.close()])
    await store.close()
    await expect(store.recorder.record(requestRecord('a'))).rejects.toMatchObject({
      code: 'storage_unavailable',
    })
  })

  test('is not needed for the process to end', async () => {
    const child = spawnChild('leave', join(temporaryFolder(), 'data'))
    expect(await child.ended).toEqual({ code: 0, errors: '' })
    expect(child.lines).toEqual(['left'])
  })
})

describe('a folder in use', () => {
  test('is refused to a second process, which learns whose it is', async () => {
    const { dataDir } = await openNew()
    const { code, errors } = await spawnChild('open', dataDir).ended
    expect(code).toBe(1)
    expect(errors).toBe(
      `StoreInUseError: The data folder ${dataDir} is in use by the process ${process.pid}. Stop that process first, or give this one a data folder of its own.\n`,
    )
  })

  test('is refused to the same process, and stays locked to others', async () => {
    const { dataDir } = await openNew()
    await expect(openStore({ dataDir })).rejects.toThrow(StoreInUseError)
    expect(await spawnChild('open', dataDir).ended).toMatchObject({ code: 1 })
  })

  test('is free again as soon as its process is killed', async () => {
    const dataDir = join(temporaryFolder(), 'data')
    const child = spawnChild('open', dataDir)
    await child.said(1)
    await expect(openStore({ dataDir })).rejects.toMatchObject({
      name: 'StoreInUseError',
      dataDir,
      pid: child.process.pid,
    })
    child.process.kill('SIGKILL')
    await child.ended
    expect(readdirSync(dataDir)).toContain('hub.pid')
    await (await openStore({ dataDir })).close()
  })
})

describe('a folder that cannot be used is refused, with its path and what to do', () => {
  /** The refusal, and what stands in the folder afterwards. */
  async function refusal(dataDir: string): Promise<string> {
    const error = await openStore({ dataDir }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(StoreError)
    return (error as StoreError).message
  }

  test('when it lies below a file', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, 'text')
    const message = await refusal(join(file, 'data'))
    expect(message).toContain(`The data folder ${join(file, 'data')} cannot be made (ENOTDIR`)
    expect(message).toContain('choose another data folder')
  })

  test('when its user may not write it', async () => {
    const dataDir = temporaryFolder()
    chmodSync(dataDir, 0o555)
    // Everything is allowed to root, so the child becomes nobody.
    const options = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const { code, errors } = await spawnChild('open', dataDir, options).ended
    expect(code).toBe(1)
    expect(errors).toContain(`StoreError: ${dataDir} cannot be read and written (EACCES`)
    expect(errors).toContain('Give the user who runs this process access to it')
    expect(readdirSync(dataDir)).toEqual([])
  })

  test('when its database is none, which stays as it is', async () => {
    const dataDir = temporaryFolder()
    const file = join(dataDir, 'hub.sqlite')
    writeFileSync(file, 'This is no database. '.repeat(100))
    const before = statSync(file)
    expect(await refusal(dataDir)).toContain(
      `${file} cannot be read as a database (file is not a database). Restore it from a backup`,
    )
    expect(statSync(file)).toMatchObject({ size: before.size, mtimeMs: before.mtimeMs })
    expect(readdirSync(dataDir).sort()).toEqual(['hub.lock', 'hub.sqlite'])
  })

  test('when its database was written by a newer version', async () => {
    const { dataDir, store } = await openNew()
    await store.close()
    ask(
      dataDir,
      "insert into __drizzle_migrations (hash, created_at) values ('x', 9e12) returning 1",
    )
    expect(await refusal(dataDir)).toContain('was written by a newer version of the hub')
  })

  test('when nothing can be written into its database', async () => {
    const { dataDir, store } = await openNew()
    await store.close()
    const file = join(dataDir, 'hub.sqlite')
    const sqlite = new Database(file)
    onTestFinished(() => void sqlite.close())
    sqlite.exec('delete from settings')
    sqlite.exec(
      "create trigger full before insert on settings begin select raise(abort, 'full'); end",
    )
    expect(await refusal(dataDir)).toBe(
      `${file} cannot be written (full). Make sure that the disk has room, then start again.`,
    )
    sqlite.exec('drop trigger full')
    await (await openStore({ dataDir })).close()
  })

  test('when something else stands where the lock belongs', async () => {
    const dataDir = temporaryFolder()
    mkdirSync(join(dataDir, 'hub.lock'))
    expect(await refusal(dataDir)).toContain(`The data folder ${dataDir} cannot be locked`)
  })

  test('and once that is mended it opens', async () => {
    const dataDir = temporaryFolder()
    writeFileSync(join(dataDir, 'hub.sqlite'), 'no database')
    await refusal(dataDir)
    writeFileSync(join(dataDir, 'hub.sqlite'), '')
    await (await openStore({ dataDir })).close()
  })
})
