import type { Clock } from '@aigne-hub/protocol'
import type { RowWriter } from './batch-writer.ts'
import type { Connection } from './connection.ts'
import { and, eq, lte, type SQL } from './drizzle.ts'
import type { GroupCommit } from './group-commit.ts'
import { storedAnswers } from './schema/stored-answers.ts'
import type { RunTransaction } from './transaction.ts'

/** One answer that a caller may continue: a place at a provider, or what was said, sealed. */
export interface StoredAnswerRow {
  accountId: string
  id: string
  previousId?: string
  provider?: string
  credentialId?: string
  sealed?: string
  /** Unix milliseconds. */
  createdAt: number
  expiresAt: number
}

/** Every query is of one account. */
export interface StoredAnswers {
  /** Resolves once it is committed. The answers it continues live as long as it does. */
  keep(row: StoredAnswerRow): Promise<void>
  /** The answer alone; undefined when it is not there any more. */
  get(accountId: string, id: string): Promise<StoredAnswerRow | undefined>
  /** The answer and those before it, oldest first; empty when it, or one before it, is not there any more. */
  chain(accountId: string, id: string): Promise<StoredAnswerRow[]>
  /** Was there one? */
  remove(accountId: string, id: string): Promise<boolean>
  /** Removes what has expired. @returns how many there were. */
  removeExpired(): Promise<number>
}

/** A chain longer than this is not one conversation. */
const maxChain = 10_000

export function createStoredAnswerWriter({ sqlite }: Connection): RowWriter<StoredAnswerRow> {
  const insert = sqlite.prepare(
    `insert into stored_answers
       (account_id, id, previous_id, provider, credential_id, sealed, created_at, expires_at)
     values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (account_id, id) do nothing`,
  )
  const prolong = sqlite.prepare(
    `with recursive chain (id) as (
       select ? union
       select previous_id from stored_answers s join chain c on s.id = c.id
        where s.account_id = ? and previous_id is not null)
     update stored_answers set expires_at = max(expires_at, ?)
      where account_id = ? and id in (select id from chain)`,
  )
  return {
    kind: 'stored-answer',
    write(row) {
      const { accountId, id, previousId = null, expiresAt } = row
      const { provider = null, credentialId = null, sealed = null } = row
      const place = [provider, credentialId, sealed]
      insert.run(accountId, id, previousId, ...place, row.createdAt, expiresAt)
      if (previousId !== null) prolong.run(previousId, accountId, expiresAt, accountId)
    },
    revive: (json) => json as StoredAnswerRow,
  }
}

interface ChainRow {
  id: string
  previous_id: string | null
  provider: string | null
  credential_id: string | null
  sealed: string | null
  created_at: number
  expires_at: number
}

export function createStoredAnswers(
  { sqlite, orm }: Connection,
  tx: RunTransaction,
  commits: { groupCommit: GroupCommit; writer: RowWriter<StoredAnswerRow> },
  clock: Pick<Clock, 'now'>,
): StoredAnswers {
  const selectOne = sqlite.prepare('select * from stored_answers where account_id = ? and id = ?')
  const selectChain = sqlite.prepare(
    `with recursive chain as (
       select s.*, 0 as depth from stored_answers s where account_id = ? and id = ?
       union all
       select s.*, depth + 1 from stored_answers s join chain c
          on s.account_id = c.account_id and s.id = c.previous_id
        where depth < ${maxChain})
     select id, previous_id, provider, credential_id, sealed, created_at, expires_at
       from chain order by depth desc`,
  )
  const remove = (which: SQL | undefined) =>
    tx((q) => q.run(orm.delete(storedAnswers).where(which)))

  return {
    keep: (row) => commits.groupCommit.enqueue(commits.writer, row),
    async get(accountId, id) {
      const row = selectOne.get(accountId, id) as ChainRow | undefined
      return row && row.expires_at > clock.now() ? readRow(accountId, row) : undefined
    },
    async chain(accountId, id) {
      const rows = selectChain.all(accountId, id) as ChainRow[]
      const now = clock.now()
      const isWhole = rows[0]?.previous_id === null && rows.every((row) => row.expires_at > now)
      return isWhole ? rows.map((row) => readRow(accountId, row)) : []
    },
    async remove(accountId, id) {
      const isMeant = and(eq(storedAnswers.accountId, accountId), eq(storedAnswers.id, id))
      return (await remove(isMeant)) > 0
    },
    removeExpired: () => remove(lte(storedAnswers.expiresAt, clock.now())),
  }
}

function readRow(accountId: string, row: ChainRow): StoredAnswerRow {
  const { id, previous_id: previousId, provider, credential_id: credentialId, sealed } = row
  return {
    accountId,
    id,
    ...(previousId !== null && { previousId }),
    ...(provider !== null && { provider }),
    ...(credentialId !== null && { credentialId }),
    ...(sealed !== null && { sealed }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
