import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openConnection } from './connection.ts'
import { eq, sql } from './drizzle.ts'
import { settings } from './schema/settings.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'
import { createAtomically, createRunTransaction, type Query } from './transaction.ts'

function setUp() {
  const connection = openConnection(join(temporaryFolder(), 'hub.sqlite'))
  onTestFinished(() => void connection.sqlite.close())
  const { orm, sqlite } = connection
  let commits = 0
  const atomically = createAtomically(connection, () => {
    commits++
  })
  const all = orm.select({ key: settings.key }).from(settings).orderBy(settings.key)
  return {
    sqlite,
    orm,
    tx: createRunTransaction(connection, atomically),
    put: (key: string, updatedAt = 0) =>
      orm.insert(settings).values({ key, value: '{}', updatedAt }),
    select: (key: string) => orm.select().from(settings).where(eq(settings.key, key)),
    all,
    keys: () => all.all().map(({ key }) => key),
    commits: () => commits,
  }
}

describe('a transaction', () => {
  test('is committed with all its steps, and answers with what the generator returns', async () => {
    const { tx, put, select, all, keys, commits } = setUp()
    const answer = await tx(function* (q) {
      const changed = yield* q.run(put('a', 1))
      const none = yield* q.one(select('b'))
      yield* q.run(put('b', 2))
      const one = yield* q.one(select('b'))
      const rows = yield* q.all(all)
      return { changed, none, at: one?.updatedAt, rows: rows.length }
    })
    expect(answer).toEqual({ changed: 1, none: undefined, at: 2, rows: 2 })
    expect(keys()).toEqual(['a', 'b'])
    expect(commits()).toBe(1)
  })

  test('takes queries compiled once, with placeholders', async () => {
    const { tx, orm, put } = setUp()
    const isNamed = eq(settings.key, sql.placeholder('key'))
    const find = orm.select().from(settings).where(isNamed).prepare()
    const at = await tx(function* (q) {
      yield* q.run(put('a', 1))
      return (yield* q.one(find, { key: 'a' }))?.updatedAt
    })
    expect(at).toBe(1)
  })

  test('is over before the call returns', () => {
    const { tx, put, keys } = setUp()
    void tx(function* (q) {
      yield* q.run(put('a'))
    })
    expect(keys()).toEqual(['a'])
  })

  test('that throws leaves nothing behind', async () => {
    const { tx, put, keys, commits } = setUp()
    const failing = tx(function* (q) {
      yield* q.run(put('a'))
      throw new Error('Changed my mind.')
    })
    await expect(failing).rejects.toThrow('Changed my mind.')
    expect(keys()).toEqual([])
    expect(commits()).toBe(0)
  })

  test('of which a query fails leaves nothing behind, after its own finally', async () => {
    const { tx, put, keys } = setUp()
    const steps: string[] = []
    const failing = tx(function* (q) {
      try {
        yield* q.run(put('a'))
        yield* q.run(put('a'))
        steps.push('never')
      } finally {
        steps.push('finally')
      }
    })
    await expect(failing).rejects.toThrow('UNIQUE constraint failed')
    expect(steps).toEqual(['finally'])
    expect(keys()).toEqual([])
  })

  test('may catch a failed query and go on', async () => {
    const { tx, put, keys } = setUp()
    await tx(function* (q) {
      yield* q.run(put('a'))
      try {
        yield* q.run(put('a'))
      } catch {
        yield* q.run(put('b'))
      }
    })
    expect(keys()).toEqual(['a', 'b'])
  })

  test('that SQLite rolls back on its own does nothing more, even if it catches the error', async () => {
    const { tx, sqlite, orm, put, keys } = setUp()
    const long = orm
      .insert(settings)
      .values({ key: 'long', value: `"${'x'.repeat(1_000_000)}"`, updatedAt: 0 })
    sqlite.pragma(`max_page_count = ${sqlite.pragma('page_count', { simple: true })}`)
    const failing = tx(function* (q) {
      yield* q.run(put('a'))
      try {
        yield* q.run(long)
      } catch {
        yield* q.run(put('b'))
      }
    })
    await expect(failing).rejects.toThrow('rolled the transaction back')
    expect(keys()).toEqual([])
  })

  test('cannot be started inside another', async () => {
    const { tx, put, keys } = setUp()
    let inner: Promise<void> | undefined
    await tx(function* (q) {
      yield* q.run(put('a'))
      inner = tx(function* (q) {
        yield* q.run(put('b'))
      })
      inner.catch(() => {})
    })
    await expect(inner).rejects.toThrow('inside another')
    expect(keys()).toEqual(['a'])
  })

  test('works again after one that failed', async () => {
    const { tx, put, keys } = setUp()
    const failing = tx(function* (q) {
      yield* q.run(put('a'))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await tx(function* (q) {
      yield* q.run(put('a'))
    })
    expect(keys()).toEqual(['a'])
  })
})

describe('waiting inside a transaction is refused, and nothing of it stays', () => {
  // What the types forbid, as plain JavaScript may still do it.
  type Work = (q: Query) => Generator<never, void>

  test('for a promise that is yielded', async () => {
    const { tx, put, keys } = setUp()
    const work = function* (q: Query) {
      yield* q.run(put('a'))
      yield Promise.resolve()
    }
    await expect(tx(work as unknown as Work)).rejects.toThrow(TypeError)
    expect(keys()).toEqual([])
  })

  test('for a promise that is returned', async () => {
    const { tx, put, keys } = setUp()
    const failing = tx(function* (q) {
      yield* q.run(put('a'))
      return Promise.resolve()
    })
    await expect(failing).rejects.toThrow(TypeError)
    expect(keys()).toEqual([])
  })

  test('for an async generator and an async function', async () => {
    const { tx, put, keys } = setUp()
    const generator = async function* () {
      yield put('a').run()
    }
    const plain = async () => {
      put('b').run()
    }
    await expect(tx(generator as unknown as Work)).rejects.toThrow(TypeError)
    await expect(tx(plain as unknown as Work)).rejects.toThrow(TypeError)
    expect(keys()).toEqual([])
  })
})
