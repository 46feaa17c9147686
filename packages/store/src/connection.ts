import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { drizzle, migrate, readMigrationFiles } from './drizzle.ts'
import { reasonOf, StoreError } from './store-error.ts'

/** The one connection that writes. */
export interface Connection {
  sqlite: Database.Database
  orm: BetterSQLite3Database
}

// One folder up from `src/` and from `dist/` alike.
const migrationsFolder = fileURLToPath(new URL('../migrations/sqlite', import.meta.url))
const journalTable = '__drizzle_migrations'

/** When the newest migration that this database has seen was made; 0 for a new one. Changes nothing. */
function lastMigration(sqlite: Database.Database): number {
  const isNew =
    sqlite.prepare('select 1 from sqlite_master where name = ?').get(journalTable) === undefined
  if (isNew) return 0
  const newest = sqlite.prepare<[], number>(`select max(created_at) from ${journalTable}`).pluck()
  return newest.get() ?? 0
}

function openChecked(file: string): Database.Database {
  // A new file is for its owner alone, whatever the folder allows; SQLite's other files take its mode.
  if (!existsSync(file)) writeFileSync(file, '', { mode: 0o600 })
  const sqlite = new Database(file)
  try {
    const newestKnown = readMigrationFiles({ migrationsFolder }).at(-1)?.folderMillis ?? 0
    if (lastMigration(sqlite) > newestKnown) {
      throw new StoreError(
        `${file} was written by a newer version of the hub. Start that version, or restore a backup made before it was installed.`,
      )
    }
    return sqlite
  } catch (error) {
    sqlite.close()
    if (error instanceof StoreError) throw error
    throw new StoreError(
      `${file} cannot be read as a database (${reasonOf(error)}). Restore it from a backup, or choose another data folder.`,
      { cause: error },
    )
  }
}

/**
 * Opens the database and brings its schema up to date. Nothing on disk changes before the file proves
 * readable and not newer than this code.
 * @throws StoreError
 */
export function openConnection(file: string): Connection {
  const sqlite = openChecked(file)
  try {
    sqlite.pragma('journal_mode = WAL')
    // A commit is in the operating system's hands when it returns; `wal-sync.ts` puts it on the disk.
    sqlite.pragma('synchronous = NORMAL')
    // Checkpoints are the worker's; inside a commit they would stall whoever happens to be answered then.
    sqlite.pragma('wal_autocheckpoint = 0')
    const orm = drizzle(sqlite)
    // A migration may rebuild a table, which must not cascade to the rows that refer to it.
    sqlite.pragma('foreign_keys = OFF')
    migrate(orm, { migrationsFolder })
    sqlite.pragma('foreign_keys = ON')
    return { sqlite, orm }
  } catch (cause) {
    sqlite.close()
    throw new StoreError(
      `${file} could not be brought up to date (${reasonOf(cause)}). Its data is as it was. Make sure that the disk has room, then start again.`,
      { cause },
    )
  }
}
