import { check, index, instant, primaryKey, string, table } from '../columns/sqlite.ts'
import { sql } from '../drizzle.ts'

/** Answers that callers may continue by their id. Either a place at a provider, or sealed words. */
export const storedAnswers = table(
  'stored_answers',
  {
    accountId: string('account_id').notNull(),
    id: string('id').notNull(),
    /** The answer this one continues. */
    previousId: string('previous_id'),
    provider: string('provider'),
    credentialId: string('credential_id'),
    sealed: string('sealed'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (column) => [
    primaryKey({ columns: [column.accountId, column.id] }),
    index('stored_answers_expiry').on(column.expiresAt),
    check('stored_answers_texts', sql`account_id <> '' and id <> ''`),
    check(
      'stored_answers_kind',
      sql`(provider is null) = (credential_id is null) and (provider is null) <> (sealed is null)`,
    ),
  ],
)
