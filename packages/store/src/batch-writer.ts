import { HubError } from '@aigne-hub/protocol'
import Database from 'better-sqlite3'
import type { JsonLines } from './json-lines.ts'
import { reasonOf } from './store-error.ts'
import type { Report } from './store-event.ts'
import type { Atomically } from './transaction.ts'

/** How rows of one kind get into the database. */
export interface RowWriter<Row> {
  /** Names the writer in files that outlive a process, so it never changes. */
  readonly kind: string
  /** Called between BEGIN and COMMIT. Writing a row a second time must change nothing. */
  write(row: Row): void
  /** A row as it was, from what `JSON.stringify` made of it, bigints being strings of digits. */
  revive(json: unknown): Row
}

/** A row on its way, and whom to tell how it ended. */
export interface PendingRow {
  writer: RowWriter<unknown>
  row: unknown
  /** The row is safe. */
  resolve(): void
  /** It could be kept nowhere. */
  reject(error: HubError): void
}

export interface BatchWriter {
  /**
   * Writes all rows in one transaction, or, when the database refuses one for what it holds, each in one of
   * its own; the refused go to the quarantine file. Answers with the rows that could not be written because
   * nothing can, and why.
   */
  write(rows: readonly PendingRow[]): { left: readonly PendingRow[]; reason?: unknown }
  /** Puts something into the quarantine file. @throws when that cannot be written. */
  quarantine(kind: string, content: { row: unknown } | { line: string }, error: unknown): void
}

export interface BatchWriterOptions {
  atomically: Atomically
  quarantine: JsonLines
  report: Report
  now: () => number
}

const rowErrors = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE|ERROR)/

/** Is the row at fault? Everything else that SQLite reports is a matter of the disk or the file. */
function isRowError(error: unknown): boolean {
  return !(error instanceof Database.SqliteError) || rowErrors.test(error.code)
}

/** What a caller is told whose row could be kept nowhere. */
export function storageUnavailable(cause: unknown): HubError {
  return new HubError(
    'storage_unavailable',
    "The hub could not write down what happened: its disk is full or gone. Try again later; if it lasts, tell the hub's operator.",
    { cause },
  )
}

export function createBatchWriter(options: BatchWriterOptions): BatchWriter {
  const { atomically, report, now } = options

  function commit(rows: readonly PendingRow[]): void {
    atomically(() => {
      for (const { writer, row } of rows) writer.write(row)
    })
    for (const pending of rows) pending.resolve()
  }

  function quarantine(kind: string, content: object, error: unknown): void {
    const reason = reasonOf(error)
    options.quarantine.append([{ at: now(), kind, reason, ...content }])
    report({ type: 'row_quarantined', kind, reason, file: options.quarantine.file })
  }

  function commitAlone(pending: PendingRow): void {
    try {
      commit([pending])
      return
    } catch (error) {
      if (!isRowError(error)) throw error
      try {
        quarantine(pending.writer.kind, { row: pending.row }, error)
      } catch (fileError) {
        report({ type: 'rows_refused', rows: 1, reason: reasonOf(fileError) })
        pending.reject(storageUnavailable(fileError))
        return
      }
    }
    pending.resolve()
  }

  return {
    quarantine,
    write(rows) {
      try {
        commit(rows)
        return { left: [] }
      } catch (reason) {
        if (!isRowError(reason)) return { left: rows, reason }
      }
      for (const [at, pending] of rows.entries()) {
        try {
          commitAlone(pending)
        } catch (reason) {
          return { left: rows.slice(at), reason }
        }
      }
      return { left: [] }
    },
  }
}
