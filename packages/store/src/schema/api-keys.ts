import type { ApiKeySource } from '@aigne-hub/identity'
import { check, flag, index, instant, json, string, table, uniqueIndex } from '../columns/sqlite.ts'
import { sql } from '../drizzle.ts'

export const apiKeys = table(
  'api_keys',
  {
    id: string('id').primaryKey(),
    accountId: string('account_id').notNull(),
    name: string('name').notNull(),
    source: string('source').$type<ApiKeySource>().notNull(),
    /** SHA-256 of the key, in hex. */
    digest: string('digest').notNull(),
    prefix: string('prefix').notNull(),
    models: json<readonly string[]>('models'),
    loopbackOnly: flag('loopback_only').notNull(),
    admin: flag('admin').notNull(),
    enabled: flag('enabled').notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
    lastUsedAt: instant('last_used_at'),
  },
  (column) => [
    // Among enabled keys only: a key that the file renames leaves its old, disabled row behind.
    uniqueIndex('api_keys_digest').on(column.digest).where(sql`enabled = 1`),
    index('api_keys_account').on(column.accountId, column.createdAt),
    check('api_keys_texts', sql`id <> '' and account_id <> '' and length(digest) = 64`),
    check('api_keys_source', sql`source in ('created', 'file', 'environment', 'demo')`),
    check('api_keys_flags', sql`loopback_only in (0, 1) and admin in (0, 1) and enabled in (0, 1)`),
    check('api_keys_models', sql`models is null or json_valid(models)`),
  ],
)
