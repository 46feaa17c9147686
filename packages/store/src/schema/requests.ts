import type { AttemptSummary, DialectId, ErrorCode, Operation, Usage } from '@aigne-hub/protocol'
import {
  check,
  count,
  decimal,
  flag,
  index,
  instant,
  json,
  nanoUsd,
  string,
  table,
} from '../columns/sqlite.ts'
import { sql } from '../drizzle.ts'

/** Counts that most calls have none of: one column for all, null when every one is zero. */
export type UsageDetails = Pick<
  Usage,
  | 'cacheWrite5m'
  | 'cacheWrite1h'
  | 'audioIn'
  | 'audioOut'
  | 'imageIn'
  | 'imageOut'
  | 'seconds'
  | 'characters'
  | 'serverToolRequests'
>

/** One row a call: a `RequestRecord` of core. */
export const requests = table(
  'requests',
  {
    id: string('id').primaryKey(),
    createdAt: instant('created_at').notNull(),
    accountId: string('account_id').notNull(),
    keyId: string('key_id').notNull(),
    operation: string('operation').$type<Operation>().notNull(),
    dialect: string('dialect').$type<DialectId>().notNull(),
    requestedModel: string('requested_model').notNull(),
    provider: string('provider'),
    model: string('model'),
    credentialId: string('credential_id'),
    lane: string('lane').$type<'relay' | 'translate'>(),
    stream: flag('stream').notNull(),
    status: count('status').notNull(),
    errorCode: string('error_code').$type<ErrorCode>(),
    attempts: json<AttemptSummary[]>('attempts').notNull(),
    /** Null when nothing was. */
    dropped: json<string[]>('dropped'),
    firstEventMs: decimal('first_event_ms'),
    durationMs: decimal('duration_ms').notNull(),
    input: count('input_tokens').notNull(),
    cacheRead: count('cache_read_tokens').notNull(),
    output: count('output_tokens').notNull(),
    reasoning: count('reasoning_tokens').notNull(),
    images: count('images').notNull(),
    usageDetails: json<UsageDetails>('usage_details'),
    serviceTier: string('service_tier'),
    providerCost: nanoUsd('provider_cost_nano_usd'),
    estimated: flag('estimated').notNull(),
  },
  (column) => [
    // The gateway's ids are UUIDv7: the primary key is in the order of arrival, to the millisecond.
    index('requests_account').on(column.accountId, column.id),
    check('requests_texts', sql`id <> '' and account_id <> ''`),
    check('requests_status', sql`status between 100 and 599`),
    check('requests_lane', sql`lane is null or lane in ('relay', 'translate')`),
    check('requests_flags', sql`stream in (0, 1) and estimated in (0, 1)`),
    check(
      'requests_json',
      sql`json_valid(attempts) and (dropped is null or json_valid(dropped)) and (usage_details is null or json_valid(usage_details))`,
    ),
    check(
      'requests_usage',
      sql`min(input_tokens, cache_read_tokens, output_tokens, reasoning_tokens, images) >= 0`,
    ),
  ],
)
