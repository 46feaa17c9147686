// Runs in a worker thread: one checkpoint for every message `checkpoint`, until the message `close`.
import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

/** What the worker is started with. */
export interface CheckpointWorkerData {
  database: string
  wal: string
  truncateAboveBytes: number
}

/** What it answers to every `checkpoint`. */
export type CheckpointReply =
  | { mode: 'passive' | 'truncate'; walPages: number; copiedPages: number }
  | { error: string }

interface PragmaRow {
  busy: number
  log: number
  checkpointed: number
}

const { database, wal, truncateAboveBytes } = workerData as CheckpointWorkerData
const sqlite = new Database(database, { fileMustExist: true })
sqlite.pragma('synchronous = NORMAL')

function checkpoint(): CheckpointReply {
  const run = (mode: 'passive' | 'truncate') => {
    const [row] = sqlite.pragma(`wal_checkpoint(${mode})`) as PragmaRow[]
    return { mode, walPages: row?.log ?? 0, copiedPages: row?.checkpointed ?? 0 }
  }
  try {
    // Passive first also where the file shall be emptied: then the writer waits for the rest only.
    const passive = run('passive')
    return statSync(wal).size > truncateAboveBytes ? run('truncate') : passive
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'checkpoint') return parentPort?.postMessage(checkpoint())
  sqlite.close()
  parentPort?.close()
})
