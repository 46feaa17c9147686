import { mkdirSync } from 'node:fs'
import type { Recorder } from '@aigne-hub/core'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { createBatchWriter } from '../batch-writer.ts'
import { type Connection, openConnection } from '../connection.ts'
import { type DataFiles, dataFilesOf } from '../data-folder.ts'
import { drizzle } from '../drizzle.ts'
import { createGroupCommit, type GroupCommit } from '../group-commit.ts'
import { createJsonLines } from '../json-lines.ts'
import { createRecorder, createRequestWriter } from '../requests.ts'
import type { StoreEvent } from '../store-event.ts'
import { createAtomically } from '../transaction.ts'
import { createUnpostedRows } from '../unposted-rows.ts'

export interface CommitParts {
  files: DataFiles
  sqlite: Connection['sqlite']
  /** Every statement so far, its parameters filled in. */
  statements: string[]
  events: StoreEvent[]
  groupCommit: GroupCommit
  recorder: Recorder
  /** In the order in which they were written. */
  storedIds(): string[]
  /** Resolves when an event of this type has been reported. */
  reported(type: StoreEvent['type']): Promise<void>
  /** From here on the database is full; the answer makes room again. */
  fill(): () => void
}

/** The group commit of a store on real files, with its connection in reach and every statement noted. */
export function commitParts(dataDir: string): CommitParts {
  mkdirSync(dataDir, { recursive: true })
  const files = dataFilesOf(dataDir)
  openConnection(files.database).sqlite.close() // Brings the schema up to date.
  const statements: string[] = []
  const sqlite = new Database(files.database, {
    verbose: (statement) => void statements.push(String(statement)),
  })
  onTestFinished(() => void sqlite.close())
  const ids = sqlite.prepare<[], string>('select id from requests order by rowid').pluck()

  const events: StoreEvent[] = []
  let wake = () => {}
  const report = (event: StoreEvent) => {
    events.push(event)
    wake()
  }
  const writer = createRequestWriter({ sqlite, orm: drizzle(sqlite) })
  const batchWriter = createBatchWriter({
    atomically: createAtomically({ sqlite, orm: drizzle(sqlite) }, () => {}),
    quarantine: createJsonLines(files.quarantine),
    report,
    now: () => 1_000,
  })
  const unposted = createUnpostedRows({
    file: createJsonLines(files.unposted),
    batchWriter,
    writers: [writer],
    syncNow() {},
    report,
    replayMs: 1,
  })
  const groupCommit = createGroupCommit(batchWriter, unposted)
  return {
    files,
    sqlite,
    statements,
    events,
    groupCommit,
    recorder: createRecorder(groupCommit, writer),
    storedIds: () => ids.all(),
    async reported(type: StoreEvent['type']) {
      while (!events.some((event) => event.type === type)) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    fill() {
      sqlite.pragma(`max_page_count = ${sqlite.pragma('page_count', { simple: true })}`)
      return () => void sqlite.pragma('max_page_count = 1000000')
    },
  }
}
