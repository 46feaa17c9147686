import { randomUUID } from 'node:crypto'
import type { Recorder } from '@aigne-hub/core'
import { type Clock, systemClock } from '@aigne-hub/protocol'
import { type ApiKeys, createApiKeys, createKeyUseWriter } from './api-keys.ts'
import { createBatchWriter } from './batch-writer.ts'
import { createCheckpointer } from './checkpointer.ts'
import { type Connection, openConnection } from './connection.ts'
import { type DataFiles, dataFilesOf, lockDataFolder, prepareDataFolder } from './data-folder.ts'
import { createGroupCommit } from './group-commit.ts'
import { createJsonLines } from './json-lines.ts'
import { createRecorder, createRequests, createRequestWriter, type Requests } from './requests.ts'
import { createSettings, type Settings } from './settings.ts'
import { reasonOf, StoreError } from './store-error.ts'
import { createReport, type Report, type StoreEvent, type StoreLog } from './store-event.ts'
import {
  createStoredAnswers,
  createStoredAnswerWriter,
  type StoredAnswers,
} from './stored-answers.ts'
import { createAtomically, createRunTransaction, type RunTransaction } from './transaction.ts'
import { createUnpostedRows } from './unposted-rows.ts'
import { createWalSync } from './wal-sync.ts'

export interface StoreOptions {
  /** Made, for its owner alone, when it does not exist. On a local disk. */
  dataDir: string
  clock?: Pick<Clock, 'now'>
  log?: StoreLog
  onEvent?: (event: StoreEvent) => void
  upkeep?: Partial<Upkeep>
}

/** What goes on beside the work. */
export interface Upkeep {
  /** How long a commit may stay off the disk: 50 ms. */
  syncMs: number
  /** Between two checkpoints: 5 s. */
  checkpointMs: number
  /** Above this size the WAL file is emptied: 256 MiB. */
  truncateAboveBytes: number
  /** Between two tries to write what could not be written: 1 s. */
  replayMs: number
}

const defaultUpkeep: Upkeep = {
  syncMs: 50,
  checkpointMs: 5_000,
  truncateAboveBytes: 256 * 1024 * 1024,
  replayMs: 1_000,
}

export interface Store {
  /** Drawn when the database was made. */
  installationId: string
  apiKeys: ApiKeys
  requests: Requests
  settings: Settings
  storedAnswers: StoredAnswers
  /** The port of `@aigne-hub/core`: resolves once the record is committed. */
  recorder: Recorder
  tx: RunTransaction
  /** Writes what is waiting, puts everything into the one database file and gives the folder back. */
  close(): Promise<void>
}

/** Syncs and checkpoints, after every commit that was noted. */
function startUpkeep(files: DataFiles, times: Upkeep, report: Report) {
  const { database, wal } = files
  const walSync = createWalSync({ file: wal, everyMs: times.syncMs, report })
  const checkpointer = createCheckpointer({
    database,
    wal,
    truncateAboveBytes: times.truncateAboveBytes,
    everyMs: times.checkpointMs,
    report,
  })
  return {
    noteCommit() {
      walSync.markDirty()
      checkpointer.markDirty()
    },
    syncNow: walSync.syncNow,
    close: () => Promise.all([walSync.close(), checkpointer.close()]),
  }
}

/**
 * Opens the data folder, for this process alone.
 * @throws StoreInUseError while another one has it.
 * @throws StoreError when the folder or the database cannot be used; the message says what to do.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { clock = systemClock } = options
  const times = { ...defaultUpkeep, ...options.upkeep }
  const report = createReport(options.log, options.onEvent)
  const files = dataFilesOf(options.dataDir)

  prepareDataFolder(files)
  const unlock = lockDataFolder(files)
  let connection: Connection
  try {
    connection = openConnection(files.database)
  } catch (error) {
    unlock()
    throw error
  }
  const upkeep = startUpkeep(files, times, report)
  const end = async () => {
    await upkeep.close()
    // The last to close: SQLite puts the WAL into the database file and removes it.
    connection.sqlite.close()
    unlock()
  }
  try {
    return await assemble(connection, { files, times, upkeep, report, clock, end })
  } catch (cause) {
    await end()
    throw new StoreError(
      `${files.database} cannot be written (${reasonOf(cause)}). Make sure that the disk has room, then start again.`,
      { cause },
    )
  }
}

interface Parts {
  files: DataFiles
  times: Upkeep
  upkeep: ReturnType<typeof startUpkeep>
  report: Report
  clock: Pick<Clock, 'now'>
  end: () => Promise<void>
}

async function assemble(connection: Connection, parts: Parts): Promise<Store> {
  const { files, times, upkeep, report, clock, end } = parts
  const atomically = createAtomically(connection, upkeep.noteCommit)
  const tx = createRunTransaction(connection, atomically)
  const requestWriter = createRequestWriter(connection)
  const keyUseWriter = createKeyUseWriter(connection)
  const answerWriter = createStoredAnswerWriter(connection)
  const settings = createSettings(connection, tx, clock)
  const installationId = String(await settings.getOrSet('installationId', randomUUID()))
  const batchWriter = createBatchWriter({
    atomically,
    quarantine: createJsonLines(files.quarantine),
    report,
    now: () => clock.now(),
  })
  const unposted = createUnpostedRows({
    file: createJsonLines(files.unposted),
    batchWriter,
    writers: [requestWriter, keyUseWriter, answerWriter],
    syncNow: upkeep.syncNow,
    report,
    replayMs: times.replayMs,
  })
  const groupCommit = createGroupCommit(batchWriter, unposted)
  let closing: Promise<void> | undefined
  return {
    installationId,
    apiKeys: createApiKeys(connection, tx, { groupCommit, writer: keyUseWriter }, clock),
    requests: createRequests(connection),
    settings,
    storedAnswers: createStoredAnswers(
      connection,
      tx,
      { groupCommit, writer: answerWriter },
      clock,
    ),
    recorder: createRecorder(groupCommit, requestWriter),
    tx,
    close() {
      if (closing === undefined) {
        groupCommit.close()
        closing = end()
      }
      return closing
    },
  }
}
