import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { reasonOf, StoreError, StoreInUseError } from './store-error.ts'

/** The files of an installation. */
export interface DataFiles {
  dataDir: string
  database: string
  wal: string
  unposted: string
  quarantine: string
  lock: string
  pid: string
}

export function dataFilesOf(dataDir: string): DataFiles {
  const folder = resolve(dataDir)
  return {
    dataDir: folder,
    database: join(folder, 'hub.sqlite'),
    wal: join(folder, 'hub.sqlite-wal'),
    unposted: join(folder, 'unposted.jsonl'),
    quarantine: join(folder, 'quarantine.jsonl'),
    lock: join(folder, 'hub.lock'),
    pid: join(folder, 'hub.pid'),
  }
}

function assertWritable(path: string, mode: number): void {
  try {
    accessSync(path, mode)
  } catch (cause) {
    throw new StoreError(
      `${path} cannot be read and written (${reasonOf(cause)}). Give the user who runs this process access to it, or choose another data folder.`,
      { cause },
    )
  }
}

/**
 * Makes the data folder, for its owner alone, unless it exists.
 * @throws StoreError when it cannot be made, or it or the database in it cannot be written.
 */
export function prepareDataFolder({ dataDir, database }: DataFiles): void {
  const { R_OK, W_OK, X_OK } = constants
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new StoreError(
      `The data folder ${dataDir} cannot be made (${reasonOf(cause)}). Make it yourself, or choose another data folder.`,
      { cause },
    )
  }
  assertWritable(dataDir, R_OK | W_OK | X_OK)
  if (existsSync(database)) assertWritable(database, R_OK | W_OK)
}

function readPid(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || undefined
  } catch {
    return undefined
  }
}

/**
 * Takes the data folder for this process and answers how to give it back. The lock is SQLite's exclusive
 * lock on a file of its own: the kernel drops it with the process, however that ends, so there is no stale
 * lock. The process id stands in a second file, because opening and closing the locked one from this process
 * would drop the lock; it is only ever read for the message.
 * @throws StoreInUseError while another store, here or in another process, has the folder.
 */
export function lockDataFolder({ dataDir, lock, pid }: DataFiles): () => void {
  let holder: Database.Database | undefined
  try {
    holder = new Database(lock, { timeout: 0 })
    holder.pragma('journal_mode = MEMORY') // Nothing is ever written, so no file is needed beside it.
    holder.exec('BEGIN EXCLUSIVE')
    writeFileSync(pid, `${process.pid}\n`, { mode: 0o600 })
  } catch (cause) {
    holder?.close()
    const isBusy = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')
    if (isBusy) throw new StoreInUseError(dataDir, readPid(pid))
    throw new StoreError(
      `The data folder ${dataDir} cannot be locked (${reasonOf(cause)}). Use a local disk, and make sure that ${lock} and ${pid} may be written.`,
      { cause },
    )
  }
  return () => {
    rmSync(pid, { force: true })
    holder?.close()
  }
}
