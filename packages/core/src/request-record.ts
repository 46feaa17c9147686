import {
  type AttemptSummary,
  type Caller,
  type Clock,
  type DialectId,
  type ErrorCode,
  HubError,
  type InboundDialect,
  type Operation,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'
import type { Recorder } from './ports.ts'

/** The row that says what happened to one call. Holds no prompt, no answer and no secret. */
export interface RequestRecord {
  /** The request id the caller was told. The gateway's begin with the time of arrival. */
  id: string
  /** Unix milliseconds at arrival. */
  createdAt: number
  accountId: string
  keyId: string
  operation: Operation
  /** The caller's dialect. */
  dialect: DialectId
  /**
   * The model as the caller named it, cut off where it is too long to be one; empty when the request
   * could not be read.
   */
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

/** What a record starts from. */
interface ArrivedCall {
  requestId: string
  caller: Caller
  dialect: InboundDialect
}

/**
 * One call's record while the call goes on.
 *
 * A class: an object literal with a getter gets a hidden class of its own, which lives until the next
 * full collection and keeps the call alive with it.
 */
export class CallLog {
  readonly record: RequestRecord
  readonly #clock: Clock
  readonly #recorder: Recorder | undefined
  readonly #arrivedAt: number
  #settled = false
  #afterwards: (() => void) | undefined

  /** Starts the record of a call that has just arrived. */
  constructor(call: ArrivedCall, clock: Clock, recorder: Recorder | undefined) {
    this.#clock = clock
    this.#recorder = recorder
    this.#arrivedAt = clock.elapsed()
    this.record = {
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
  }

  /** Its end has been handed over to be kept. */
  get settled(): boolean {
    return this.#settled
  }

  /** What is to be done once the record is kept, or could not be. Called once. */
  afterwards(work: () => void): void {
    this.#afterwards = work
  }

  /** Milliseconds since arrival, with fractions. */
  elapsedMs(): number {
    return this.#clock.elapsed() - this.#arrivedAt
  }

  /**
   * Ends the record and has it kept. Called once.
   * @throws HubError `storage_unavailable` when it cannot be kept.
   */
  async settle({ usage, error }: Outcome): Promise<void> {
    const { record } = this
    this.#settled = true
    if (usage) record.usage = usage
    if (error) {
      record.status = error.status
      record.errorCode = error.code
      // A stream that broke had begun well.
      const last = record.attempts.at(-1)
      if (last) last.code ??= error.code
    }
    record.durationMs = Math.round(this.elapsedMs())
    try {
      await this.#recorder?.record(record)
    } catch (thrown) {
      throw storageUnavailable(thrown)
    } finally {
      this.#afterwards?.()
    }
  }
}

/** What a caller is told whose call could not be written down. */
export function storageUnavailable(thrown: unknown): HubError {
  if (thrown instanceof HubError) return thrown
  return new HubError(
    'storage_unavailable',
    'The call could not be recorded, so its answer is held back. Try again later.',
    { cause: thrown },
  )
}
