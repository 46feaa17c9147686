import type { ApiKeyRow, ApiKeySource } from '@aigne-hub/identity'
import type { Clock } from '@aigne-hub/protocol'
import type { InferSelectModel } from 'drizzle-orm'
import type { RowWriter } from './batch-writer.ts'
import type { Connection } from './connection.ts'
import { and, desc, eq, ne, sql } from './drizzle.ts'
import type { GroupCommit } from './group-commit.ts'
import { apiKeys } from './schema/api-keys.ts'
import { StoreError } from './store-error.ts'
import type { Query, RunTransaction } from './transaction.ts'

/** A key that is declared anew at every start, by the file, the environment or the demo. */
export type DeclaredApiKey = Omit<ApiKeyRow, 'source' | 'enabled' | 'createdAt' | 'lastUsedAt'>

export interface ApiKeys {
  /** @throws StoreError when the id is taken, or an enabled key has the same digest. */
  insert(row: ApiKeyRow): Promise<void>
  /**
   * Makes the keys of this source the ones given: adds and changes them, and disables those that were
   * declared before and are not any more. All or nothing.
   * @throws StoreError when two enabled keys would be the same, or an id belongs to a created key.
   */
  declare(source: Exclude<ApiKeySource, 'created'>, keys: readonly DeclaredApiKey[]): Promise<void>
  /** Newest first. @param accountId only this account's; left out: everybody's. */
  list(accountId?: string): Promise<ApiKeyRow[]>
  /** The enabled key with this digest. */
  findByDigest(digest: string): Promise<ApiKeyRow | undefined>
  /** Was there such a key, of this account if one is named? */
  disable(id: string, accountId?: string): Promise<boolean>
  /** Notes that the key was used now. Written once a minute and key, with whatever is written then. */
  touch(id: string): void
}

export interface KeyUse {
  id: string
  at: number
}

const touchEveryMs = 60_000

export function createKeyUseWriter({ sqlite }: Connection): RowWriter<KeyUse> {
  const update = sqlite.prepare(
    'update api_keys set last_used_at = max(coalesce(last_used_at, 0), ?) where id = ?',
  )
  return {
    kind: 'key-use',
    write: ({ id, at }) => void update.run(at, id),
    revive: (json) => json as KeyUse,
  }
}

function rowOf(row: InferSelectModel<typeof apiKeys>): ApiKeyRow {
  const { models, expiresAt, lastUsedAt, ...rest } = row
  return {
    ...rest,
    ...(models !== null && { models }),
    ...(expiresAt !== null && { expiresAt }),
    ...(lastUsedAt !== null && { lastUsedAt }),
  }
}

/** Written out, as the index on digests only serves a query that says the same as it. */
const isEnabledWith = (digest: string) => and(eq(apiKeys.digest, digest), sql`enabled = 1`)

function valuesOf(row: ApiKeyRow) {
  return { ...row, models: row.models ?? null, expiresAt: row.expiresAt ?? null }
}

export function createApiKeys(
  { orm }: Connection,
  tx: RunTransaction,
  useOfKeys: { groupCommit: GroupCommit; writer: RowWriter<KeyUse> },
  clock: Pick<Clock, 'now'>,
): ApiKeys {
  const touchedAt = new Map<string, number>()

  function* assertUnlike(q: Query, { id, name, digest }: DeclaredApiKey) {
    const isSame = and(isEnabledWith(digest), ne(apiKeys.id, id))
    const same = yield* q.one(orm.select({ name: apiKeys.name }).from(apiKeys).where(isSame))
    if (same === undefined) return
    throw new StoreError(
      `The API keys "${name}" and "${same.name}" are the same. Give each one of its own.`,
    )
  }

  function assertWritten(rows: number, { id, name }: DeclaredApiKey): void {
    if (rows > 0) return
    throw new StoreError(`The API key "${name}" cannot have the id "${id}": another key has it.`)
  }

  return {
    insert: (row) =>
      tx(function* (q) {
        if (row.enabled) yield* assertUnlike(q, row)
        const insert = orm.insert(apiKeys).values(valuesOf(row)).onConflictDoNothing()
        assertWritten(yield* q.run(insert), row)
      }),

    declare: (source, keys) =>
      tx(function* (q) {
        yield* q.run(orm.update(apiKeys).set({ enabled: false }).where(eq(apiKeys.source, source)))
        for (const key of keys) {
          yield* assertUnlike(q, key)
          const values = valuesOf({ ...key, source, enabled: true, createdAt: clock.now() })
          const { id: _, createdAt: __, ...changes } = values
          const upsert = orm
            .insert(apiKeys)
            .values(values)
            .onConflictDoUpdate({
              target: apiKeys.id,
              set: changes,
              // A key may move between what declares keys; one that somebody created is theirs.
              setWhere: ne(apiKeys.source, 'created'),
            })
          assertWritten(yield* q.run(upsert), key)
        }
      }),

    async list(accountId) {
      const isWanted = accountId === undefined ? undefined : eq(apiKeys.accountId, accountId)
      const newestFirst = [desc(apiKeys.createdAt), desc(apiKeys.id)]
      return orm
        .select()
        .from(apiKeys)
        .where(isWanted)
        .orderBy(...newestFirst)
        .all()
        .map(rowOf)
    },

    async findByDigest(digest) {
      const row = orm.select().from(apiKeys).where(isEnabledWith(digest)).get()
      return row && rowOf(row)
    },

    disable: (id, accountId) =>
      tx(function* (q) {
        const ofAccount = accountId === undefined ? undefined : eq(apiKeys.accountId, accountId)
        const isMeant = and(eq(apiKeys.id, id), ofAccount)
        const rows = yield* q.run(orm.update(apiKeys).set({ enabled: false }).where(isMeant))
        return rows > 0
      }),

    touch(id) {
      const at = clock.now()
      if (at - (touchedAt.get(id) ?? -Infinity) < touchEveryMs) return
      touchedAt.set(id, at)
      // Nobody waits for it, and a time that is lost does no harm: the next use brings another.
      useOfKeys.groupCommit.enqueue(useOfKeys.writer, { id, at }).catch(() => {})
    },
  }
}
