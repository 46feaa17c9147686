import {
  type BatchWriter,
  type PendingRow,
  type RowWriter,
  storageUnavailable,
} from './batch-writer.ts'
import type { UnpostedRows } from './unposted-rows.ts'

/**
 * A commit costs nearly the same for thirty rows as for ten: every page it touches goes to the WAL as a
 * whole. So when turn follows turn with several rows each, a commit waits for a few more of them, until it
 * has enough. Where calls come one by one nothing waits.
 */
const enoughRows = 32
const busyRows = 6
const maxExtraTurns = 4

/**
 * Everything enqueued during one turn of the event loop goes down in one transaction at its end, in order;
 * under load, that of up to five turns.
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
  let lastRows = 0
  let extraTurns = 0

  function endOfTurn(): void {
    const isBusy = lastRows >= busyRows && queue.length < enoughRows
    if (isBusy && extraTurns < maxExtraTurns) {
      extraTurns++
      setImmediate(endOfTurn)
    } else flush()
  }

  function flush(): void {
    const rows = queue
    extraTurns = 0
    if (rows.length === 0) return
    lastRows = rows.length
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
        if (queue.length === 1) setImmediate(endOfTurn)
      })
    },
    close() {
      isClosed = true
      flush()
      unposted.close()
    },
  }
}
