import { Worker } from 'node:worker_threads'
import type { CheckpointReply, CheckpointWorkerData } from './checkpoint-worker.ts'
import { reasonOf } from './store-error.ts'
import type { Report } from './store-event.ts'

/** Moves commits from the WAL into the database file, in a thread of its own. */
export interface Checkpointer {
  /** There is a commit to be moved. */
  markDirty(): void
  close(): Promise<void>
}

export interface CheckpointerOptions extends CheckpointWorkerData {
  everyMs: number
  report: Report
}

// Beside this file both as source and, as an entry of its own, in `dist/`.
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './checkpoint-worker.ts' : './checkpoint-worker.js',
  import.meta.url,
)

export function createCheckpointer({
  everyMs,
  report,
  ...data
}: CheckpointerOptions): Checkpointer {
  let isDirty = false
  let isBusy = false
  let worker: Worker | undefined

  function failed(reason: string): void {
    isDirty = true
    report({ type: 'upkeep_failed', task: 'checkpoint', reason })
  }

  function start(): Worker {
    const started = new Worker(workerFile, { workerData: data satisfies CheckpointWorkerData })
    started.on('message', (reply: CheckpointReply) => {
      isBusy = false
      if ('error' in reply) return failed(reply.error)
      if (reply.copiedPages < reply.walPages) isDirty = true
      report({ type: 'checkpointed', ...reply })
    })
    started.on('error', (error) => failed(reasonOf(error)))
    started.on('exit', () => {
      isBusy = false
      worker = undefined
    })
    // Last: listening for messages would keep the process running again.
    started.unref()
    return started
  }

  // The thread is started when there is first something to do, so that it does not delay the start.
  const timer = setInterval(() => {
    if (!isDirty || isBusy) return
    isDirty = false
    isBusy = true
    worker ??= start()
    worker.postMessage('checkpoint')
  }, everyMs).unref()

  return {
    markDirty() {
      isDirty = true
    },
    async close() {
      clearInterval(timer)
      const ending = worker
      if (ending === undefined) return
      await new Promise((resolve) => {
        ending.once('exit', resolve)
        ending.ref()
        ending.postMessage('close')
      })
    },
  }
}
