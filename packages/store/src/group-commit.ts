import {
  type BatchWriter,
  type PendingRow,
  type RowWriter,
  storageUnavailable,
} from './batch-writer.ts'
import type { UnpostedRows } from './unposted-rows.ts'

/**
 * Everything enqueued during one turn of the event loop goes down in one transaction at its end, in order.
 * While rows wait in a file because nothing can be written, newer ones line up behind them.
 */
export interface GroupCommit {
  /**
   * Resolves once the row is committed, or safe in a file. Until then it must not change.
   * @throws HubError `storage_unavailable` when it could be kept nowhere.
   */
  enqueue<Row>(writer: RowWriter<Row>, row: Row): Promise<void>
  /** Writes what was enqueued and takes no more. */
  close(): void
}

export function createGroupCommit(batchWriter: BatchWriter, unposted: UnpostedRows): GroupCommit {
  let queue: PendingRow[] = []
  let isClosed = false

  function flush(): void {
    const rows = queue
    if (rows.length === 0) return
    queue = []
    if (unposted.isWaiting) {
      unposted.park(rows, undefined)
      return
    }
    const { left, reason } = batchWriter.write(rows)
    if (left.length > 0) unposted.park(left, reason)
  }

  return {
    enqueue(writer, row) {
      return new Promise((resolve, reject) => {
        if (isClosed) return reject(storageUnavailable(new Error('The store is closed.')))
        queue.push({ writer: writer as RowWriter<unknown>, row, resolve, reject })
        if (queue.length === 1) setImmediate(flush)
      })
    },
    close() {
      isClosed = true
      flush()
      unposted.close()
    },
  }
}
