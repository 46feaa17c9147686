import type { Caller, Clock, Transport } from '@aigne-hub/protocol'
import type { Catalogue } from './catalogue.ts'
import type { RequestRecord } from './request-record.ts'
import type { AnswerStore } from './stored-answers.ts'

/** Keeps what happened. */
export interface Recorder {
  /**
   * Resolves once the record is safe: the caller is not told that the call is complete before.
   * Rejects when it cannot be kept anywhere; the caller is told `storage_unavailable`.
   */
  record(record: RequestRecord): Promise<void>
}

/** How many bytes of requests may be in memory at once. */
export interface MemoryBudget {
  /** @throws HubError `server_overloaded` when there is no room for `bytes` more. */
  claim(bytes: number): void
  release(bytes: number): void
}

/** How long an attempt may take, in milliseconds. */
export interface Deadlines {
  /** From sending to the first real event of a stream. */
  firstEventMs: number
  /** The same for models that think before they answer. */
  firstEventReasoningMs: number
  /** Between two chunks of a stream. */
  idleMs: number
  /** The whole call. */
  totalMs: number
  /** After this long without an event a caller who streams is sent comments, so that no proxy hangs up. */
  keepAliveMs: number
  /** After this long the headers of a whole answer go out, for callers who wait no longer for them. */
  headersMs: number
  /** For fetching all the files that one request names by their address. */
  mediaMs: number
}

export const defaultDeadlines: Deadlines = {
  firstEventMs: 60_000,
  firstEventReasoningMs: 300_000,
  idleMs: 60_000,
  totalMs: 600_000,
  keepAliveMs: 15_000,
  headersMs: 45_000,
  mediaMs: 20_000,
}

/** What the router needs from outside. Only the catalogue and the transport have no default. */
export interface RouterPorts {
  /** As a function it is read once a call, so what it answers may change at any time. */
  catalogue: Catalogue | (() => Catalogue)
  transport: Transport
  recorder?: Recorder
  /** Keeps answers that callers may continue by their id. Default: none is kept. */
  answers?: AnswerStore
  /** May the caller use the model of this name? Default: everybody may use everything. */
  mayUseModel?: (caller: Caller, name: string) => boolean
  deadlines?: Partial<Deadlines>
  /** Files on private networks are fetched too, where a request names them. Default: they are not. */
  allowPrivateMedia?: boolean
  /** Fetched files count in it until the call is over. Default: only what a call may fetch is bounded. */
  memory?: MemoryBudget
  clock?: Clock
}
