import type { Clock, Json } from '@aigne-hub/protocol'
import type { Connection } from './connection.ts'
import { eq } from './drizzle.ts'
import { settings } from './schema/settings.ts'
import type { RunTransaction } from './transaction.ts'

export interface Setting {
  value: Json
  /** Unix milliseconds. */
  updatedAt: number
}

/** What the installation remembers of itself, by name. */
export interface Settings {
  get(key: string): Promise<Setting | undefined>
  set(key: string, value: Json): Promise<void>
  /** What is stored, or `value` after storing it: every caller gets the same. */
  getOrSet(key: string, value: Json): Promise<Json>
}

export function createSettings(
  { orm }: Connection,
  tx: RunTransaction,
  clock: Pick<Clock, 'now'>,
): Settings {
  const select = (key: string) =>
    orm
      .select({ value: settings.value, updatedAt: settings.updatedAt })
      .from(settings)
      .where(eq(settings.key, key))

  const upsert = (key: string, value: Json) => {
    const changes = { value: JSON.stringify(value), updatedAt: clock.now() }
    return orm
      .insert(settings)
      .values({ key, ...changes })
      .onConflictDoUpdate({ target: settings.key, set: changes })
  }

  return {
    async get(key) {
      const row = select(key).get()
      return row && { value: JSON.parse(row.value) as Json, updatedAt: row.updatedAt }
    },
    set: (key, value) =>
      tx(function* (q) {
        yield* q.run(upsert(key, value))
      }),
    getOrSet: (key, value) =>
      tx(function* (q) {
        const stored = yield* q.one(select(key))
        if (stored !== undefined) return JSON.parse(stored.value) as Json
        yield* q.run(upsert(key, value))
        return value
      }),
  }
}
