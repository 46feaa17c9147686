import type { Connection } from './connection.ts'

/** A query that reads: a drizzle select, or one compiled with `.prepare()` that takes placeholders. */
export interface Selection<Row> {
  get(placeholders?: Record<string, unknown>): Row | undefined
  all(placeholders?: Record<string, unknown>): Row[]
}

/** A query that writes, likewise. */
export interface Change {
  run(placeholders?: Record<string, unknown>): { changes: number }
}

/** One query of a transaction, for whoever runs the transaction to carry out. */
class Step {
  readonly perform: () => unknown
  constructor(perform: () => unknown) {
    this.perform = perform
  }
}

/** What a transaction can do. Each is used with `yield*`. */
export interface Query {
  /** The first row, if there is one. */
  one<Row>(
    selection: Selection<Row>,
    placeholders?: Record<string, unknown>,
  ): Generator<Step, Row | undefined>
  all<Row>(
    selection: Selection<Row>,
    placeholders?: Record<string, unknown>,
  ): Generator<Step, Row[]>
  /** How many rows were changed. */
  run(change: Change, placeholders?: Record<string, unknown>): Generator<Step, number>
}

/**
 * Runs a generator as one transaction: `tx(function* (q) { const row = yield* q.one(…) })`. It is committed
 * when the generator returns and rolled back when it throws. On SQLite all of it happens before `tx`
 * returns its promise, so nothing else can come between.
 * @throws Error when it is called inside another transaction, or something other than `q` is awaited in it.
 */
export type RunTransaction = <T>(work: (q: Query) => Generator<Step, T>) => Promise<T>

/** Runs a function between BEGIN and COMMIT; when it throws, nothing of it stays. */
export type Atomically = <T>(work: () => T) => T

const query: Query = {
  *one<Row>(selection: Selection<Row>, placeholders?: Record<string, unknown>) {
    return (yield new Step(() => selection.get(placeholders))) as Row | undefined
  },
  *all<Row>(selection: Selection<Row>, placeholders?: Record<string, unknown>) {
    return (yield new Step(() => selection.all(placeholders))) as Row[]
  },
  *run(change, placeholders) {
    return (yield new Step(() => change.run(placeholders).changes)) as number
  },
}

/** @param onCommitted called after every commit. */
export function createAtomically({ sqlite }: Connection, onCommitted: () => void): Atomically {
  const begin = sqlite.prepare('BEGIN IMMEDIATE')
  const commit = sqlite.prepare('COMMIT')
  const rollback = sqlite.prepare('ROLLBACK')
  return (work) => {
    if (sqlite.inTransaction) {
      throw new Error(
        'A transaction cannot be started inside another one. Pass its `q` on instead.',
      )
    }
    begin.run()
    try {
      const result = work()
      commit.run()
      onCommitted()
      return result
    } catch (error) {
      // A full disk makes SQLite roll back on its own.
      if (sqlite.inTransaction) rollback.run()
      throw error
    }
  }
}

function onlyQueries(): TypeError {
  return new TypeError(
    'Inside a transaction only `yield* q.…` can be waited for: make it a plain generator.',
  )
}

export function createRunTransaction(
  connection: Connection,
  atomically: Atomically,
): RunTransaction {
  function perform(step: unknown): unknown {
    if (!(step instanceof Step)) throw onlyQueries()
    if (!connection.sqlite.inTransaction) throw new Error('SQLite has rolled the transaction back.')
    return step.perform()
  }
  function runToEnd<T>(steps: Generator<Step, T>): T {
    if (Symbol.asyncIterator in steps) throw onlyQueries()
    let next = steps.next()
    while (!next.done) {
      let result: unknown
      try {
        result = perform(next.value)
      } catch (error) {
        // The generator's own `catch` and `finally` come first, as if the query stood there.
        next = steps.throw(error)
        continue
      }
      next = steps.next(result)
    }
    if (next.value instanceof Promise) throw onlyQueries()
    return next.value
  }
  return async (work) => atomically(() => runToEnd(work(query)))
}
