import type { AttemptSummary, DialectId, ErrorCode, Operation, Usage } from '@aigne-hub/protocol'

/** The row that says what happened to one call. Holds no prompt, no answer and no secret. */
export interface RequestRecord {
  /** The request id the caller was told. */
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
