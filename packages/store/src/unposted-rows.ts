import {
  type BatchWriter,
  type PendingRow,
  type RowWriter,
  storageUnavailable,
} from './batch-writer.ts'
import type { JsonLines } from './json-lines.ts'
import { reasonOf } from './store-error.ts'
import type { Report } from './store-event.ts'

/** Rows that wait in a file, because the database cannot be written, until it can. */
export interface UnpostedRows {
  readonly isWaiting: boolean
  /** Puts rows into the file and tells them how it went. @param cause why the database did not take them. */
  park(rows: readonly PendingRow[], cause: unknown): void
  /** Tries a last time. */
  close(): void
}

export interface UnpostedRowsOptions {
  file: JsonLines
  batchWriter: BatchWriter
  /** Every writer whose rows the file may hold. */
  writers: readonly RowWriter<unknown>[]
  /** Puts the last commits on the disk. Called before the file is removed. */
  syncNow: () => void
  report: Report
  /** Milliseconds between two tries. */
  replayMs: number
}

/** How many rows of the file go into one transaction. */
const replayBatch = 1_000

export function createUnpostedRows(options: UnpostedRowsOptions): UnpostedRows {
  const { file, batchWriter, report } = options
  const writers = new Map(options.writers.map((writer) => [writer.kind, writer]))
  let isWaiting = file.exists()
  let retry: NodeJS.Timeout | undefined

  /** A line as a row. One that cannot be read goes to the quarantine. */
  function readLine(line: string, reject: PendingRow['reject']): PendingRow[] {
    try {
      const { kind, row } = JSON.parse(line) as { kind: string; row: unknown }
      const writer = writers.get(kind)
      if (writer === undefined) throw new TypeError(`No rows of the kind "${kind}" are known.`)
      return [{ writer, row: writer.revive(row), resolve() {}, reject }]
    } catch (error) {
      batchWriter.quarantine('unreadable', { line }, error)
      return []
    }
  }

  function writeAll(rows: readonly PendingRow[]): void {
    const { left, reason } = batchWriter.write(rows)
    if (left.length > 0) throw reason
  }

  /** Writes every line of the file. @throws when one could not be. Those already written do no harm. */
  function writeFile(): number {
    let written = 0
    let rows: PendingRow[] = []
    let failure: unknown
    const fail = (error: unknown) => {
      failure ??= error
    }
    for (const line of file.read()) {
      rows.push(...readLine(line, fail))
      if (rows.length < replayBatch) continue
      writeAll(rows)
      written += rows.length
      rows = []
    }
    writeAll(rows)
    if (failure !== undefined) throw failure
    return written + rows.length
  }

  function replay(): void {
    try {
      const rows = writeFile()
      options.syncNow()
      file.remove()
      isWaiting = false
      report({ type: 'rows_replayed', rows })
    } catch (error) {
      report({ type: 'replay_failed', reason: reasonOf(error), file: file.file })
      replayLater()
    }
  }

  function replayLater(): void {
    retry ??= setTimeout(() => {
      retry = undefined
      replay()
    }, options.replayMs).unref()
  }

  if (isWaiting) replay()
  return {
    get isWaiting() {
      return isWaiting
    },
    park(rows, cause) {
      try {
        file.append(rows.map(({ writer, row }) => ({ kind: writer.kind, row })))
      } catch (error) {
        report({ type: 'rows_refused', rows: rows.length, reason: reasonOf(error) })
        for (const pending of rows) pending.reject(storageUnavailable(error))
        return
      }
      for (const pending of rows) pending.resolve()
      if (isWaiting) return
      isWaiting = true
      report({ type: 'rows_unposted', reason: reasonOf(cause), file: file.file })
      replayLater()
    },
    close() {
      if (isWaiting) replay()
      clearTimeout(retry)
    },
  }
}
