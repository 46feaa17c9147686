import {
  type AttemptSummary,
  type Caller,
  type Clock,
  type DialectId,
  type ErrorCode,
  type HubError,
  type InboundDialect,
  type Operation,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'
import type { Recorder } from './ports.ts'

/** The row that says what happened to one call. Holds no prompt, no answer and no secret. */
export interface RequestRecord {
  /** The request id the caller was told: `req_` and a UUIDv7, so ids are in the order of arrival. */
  id: string
  /** Unix milliseconds at arrival. */
  createdAt: number
  accountId: string
  keyId: string
  operation: Operation
  /** The caller's dialect. */
  dialect: DialectId
  /** The model as the caller named it; empty when the request could not be read. */
  requestedModel: string
  /** Absent when no target was reached. */
  provider?: string
  model?: string
  credentialId?: string
  lane?: 'relay' | 'translate'
  stream: boolean
  /** The HTTP status of the outcome; 499 when the caller hung up. */
  status: number
  errorCode?: ErrorCode
  attempts: AttemptSummary[]
  usage: Usage
  /** Parameters the target could not express, by the caller's name for them. */
  dropped: string[]
  /** Milliseconds from arrival to the first real event of a stream. */
  firstEventMs?: number
  /** Milliseconds from arrival to the end. */
  durationMs: number
}

/** How a call ended. */
export interface Outcome {
  /** Absent when nothing is known of it. */
  usage?: Usage
  /** Absent when the caller has the whole answer. */
  error?: HubError
}

/** One call's record while the call goes on. */
export interface CallLog {
  readonly record: Readonly<RequestRecord>
  /** Adds what has become known. */
  note(facts: Partial<RequestRecord>): void
  /** Its end has been handed over to be kept. */
  readonly settled: boolean
  /** Milliseconds since arrival, with fractions. */
  elapsedMs(): number
  /**
   * Ends the record and has it kept. Called once.
   * @throws HubError `storage_unavailable` when it cannot be kept.
   */
  settle(outcome: Outcome): Promise<void>
}

/** Starts the record of a call that has just arrived. */
export function openLog(
  call: { requestId: string; caller: Caller; dialect: InboundDialect },
  clock: Clock,
  recorder: Recorder | undefined,
): CallLog {
  const arrivedAt = clock.elapsed()
  const record: RequestRecord = {
    id: call.requestId,
    createdAt: clock.now(),
    accountId: call.caller.accountId,
    keyId: call.caller.keyId,
    operation: call.dialect.operation,
    dialect: call.dialect.id,
    requestedModel: '',
    stream: false,
    status: 200,
    attempts: [],
    usage: usageOf(),
    dropped: [],
    durationMs: 0,
  }
  let settled = false
  return {
    record,
    get settled() {
      return settled
    },
    note: (facts) => void Object.assign(record, facts),
    elapsedMs: () => clock.elapsed() - arrivedAt,
    async settle({ usage, error }) {
      settled = true
      if (usage) record.usage = usage
      if (error) Object.assign(record, { status: error.status, errorCode: error.code })
      record.durationMs = Math.round(clock.elapsed() - arrivedAt)
      await recorder?.record(record)
    },
  }
}
