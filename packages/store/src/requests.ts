import type { Recorder, RequestRecord } from '@aigne-hub/core'
import { type Usage, usageOf } from '@aigne-hub/protocol'
import type { InferSelectModel } from 'drizzle-orm'
import type { RowWriter } from './batch-writer.ts'
import { exactly } from './columns/sqlite.ts'
import type { Connection } from './connection.ts'
import { and, desc, eq, getTableColumns, lt } from './drizzle.ts'
import type { GroupCommit } from './group-commit.ts'
import { requests, type UsageDetails } from './schema/requests.ts'

/** What has been recorded of calls. */
export interface Requests {
  /** @param accountId only if it is this account's. */
  find(id: string, accountId?: string): Promise<RequestRecord | undefined>
  /** Newest first, by id: the gateway's ids begin with the millisecond of arrival. The next page starts `before` the last record of this one. */
  list(page: RequestPage): Promise<RequestRecord[]>
}

export interface RequestPage {
  /** Only this account's. Left out: everybody's. */
  accountId?: string
  before?: Pick<RequestRecord, 'id'>
  limit: number
}

// In the order of `write` below.
const inserted = [
  requests.id,
  requests.createdAt,
  requests.accountId,
  requests.keyId,
  requests.operation,
  requests.dialect,
  requests.requestedModel,
  requests.provider,
  requests.model,
  requests.credentialId,
  requests.lane,
  requests.stream,
  requests.status,
  requests.errorCode,
  requests.attempts,
  requests.dropped,
  requests.firstEventMs,
  requests.durationMs,
  requests.input,
  requests.cacheRead,
  requests.output,
  requests.reasoning,
  requests.images,
  requests.usageDetails,
  requests.serviceTier,
  requests.providerCost,
  requests.estimated,
]

/** The counts that have no column of their own, as JSON; null when all are zero. */
function detailsOf(usage: Usage): string | null {
  const { cacheWrite5m, cacheWrite1h, audioIn, audioOut, imageIn, imageOut } = usage
  const { seconds, characters, serverToolRequests } = usage
  const tokens = cacheWrite5m + cacheWrite1h + audioIn + audioOut + imageIn + imageOut
  if (tokens + seconds + characters === 0 && isEmpty(serverToolRequests)) return null
  const details: UsageDetails = {
    ...{ cacheWrite5m, cacheWrite1h, audioIn, audioOut, imageIn, imageOut },
    ...{ seconds, characters, serverToolRequests },
  }
  return JSON.stringify(details)
}

function isEmpty(counts: Record<string, number>): boolean {
  for (const _ in counts) return false
  return true
}

/** By hand and by position: one of these runs for every call. */
export function createRequestWriter({ sqlite }: Connection): RowWriter<RequestRecord> {
  const names = inserted.map(({ name }) => name).join(', ')
  const marks = inserted.map(() => '?').join(', ')
  const insert = sqlite.prepare(
    `insert into requests (${names}) values (${marks}) on conflict (id) do nothing`,
  )
  return {
    kind: 'request',
    write(record) {
      const { usage } = record
      insert.run(
        record.id,
        record.createdAt,
        record.accountId,
        record.keyId,
        record.operation,
        record.dialect,
        record.requestedModel,
        record.provider ?? null,
        record.model ?? null,
        record.credentialId ?? null,
        record.lane ?? null,
        record.stream ? 1 : 0,
        record.status,
        record.errorCode ?? null,
        JSON.stringify(record.attempts),
        record.dropped.length === 0 ? null : JSON.stringify(record.dropped),
        record.firstEventMs ?? null,
        record.durationMs,
        usage.input,
        usage.cacheRead,
        usage.output,
        usage.reasoning,
        usage.images,
        detailsOf(usage),
        usage.serviceTier ?? null,
        usage.providerCost ?? null,
        usage.estimated ? 1 : 0,
      )
    },
    revive(json) {
      const record = json as RequestRecord
      const { providerCost, ...usage } = record.usage
      if (providerCost === undefined) return record
      return { ...record, usage: { ...usage, providerCost: BigInt(providerCost) } }
    },
  }
}

export function createRecorder(
  groupCommit: GroupCommit,
  writer: RowWriter<RequestRecord>,
): Recorder {
  return { record: (record) => groupCommit.enqueue(writer, record) }
}

/** A column that holds null is a member that is absent. */
function optional<K extends string, V>(name: K, value: V | null): { [_ in K]?: V } {
  return (value === null ? {} : { [name]: value }) as { [_ in K]?: V }
}

function recordOf(row: InferSelectModel<typeof requests>): RequestRecord {
  return {
    id: row.id,
    createdAt: row.createdAt,
    accountId: row.accountId,
    keyId: row.keyId,
    operation: row.operation,
    dialect: row.dialect,
    requestedModel: row.requestedModel,
    ...optional('provider', row.provider),
    ...optional('model', row.model),
    ...optional('credentialId', row.credentialId),
    ...optional('lane', row.lane),
    stream: row.stream,
    status: row.status,
    ...optional('errorCode', row.errorCode),
    attempts: row.attempts,
    usage: {
      ...usageOf(row.usageDetails ?? {}),
      input: row.input,
      cacheRead: row.cacheRead,
      output: row.output,
      reasoning: row.reasoning,
      images: row.images,
      ...optional('serviceTier', row.serviceTier),
      ...optional('providerCost', row.providerCost),
      estimated: row.estimated,
    },
    dropped: row.dropped ?? [],
    ...optional('firstEventMs', row.firstEventMs),
    durationMs: row.durationMs,
  }
}

export function createRequests({ orm }: Connection): Requests {
  const columns = { ...getTableColumns(requests), providerCost: exactly(requests.providerCost) }
  const ofAccount = (accountId: string | undefined) =>
    accountId === undefined ? undefined : eq(requests.accountId, accountId)
  return {
    async find(id, accountId) {
      const isWanted = and(eq(requests.id, id), ofAccount(accountId))
      const row = orm.select(columns).from(requests).where(isWanted).get()
      return row && recordOf(row)
    },
    async list({ accountId, before, limit }) {
      const isEarlier = before && lt(requests.id, before.id)
      const rows = orm
        .select(columns)
        .from(requests)
        .where(and(ofAccount(accountId), isEarlier))
        .orderBy(desc(requests.id))
        .limit(limit)
        .all()
      return rows.map(recordOf)
    },
  }
}
