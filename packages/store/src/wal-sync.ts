import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import { reasonOf } from './store-error.ts'
import type { Report } from './store-event.ts'

/** Puts commits on the disk without holding anybody up: at most `everyMs` of them can fall to a power cut. */
export interface WalSync {
  /** There is a commit to be synced. */
  markDirty(): void
  /** Blocks until every commit is on the disk. @throws when the disk does not take them. */
  syncNow(): void
  close(): Promise<void>
}

export interface WalSyncOptions {
  /** The `-wal` file. Never the database: closing a descriptor of that drops SQLite's locks on it. */
  file: string
  everyMs: number
  report: Report
}

const sync = promisify(fdatasync)

export function createWalSync({ file, everyMs, report }: WalSyncOptions): WalSync {
  let descriptor: number | undefined
  let isDirty = false
  let isFailing = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  // The file exists from the first commit on, and stays the same one until the database is closed.
  const open = () => {
    descriptor ??= openSync(file, 'r+')
    return descriptor
  }

  function arm(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      running = run().finally(() => {
        running = undefined
        if (isDirty) arm()
      })
    }, everyMs).unref()
  }

  async function run(): Promise<void> {
    // Commits during the sync may have missed it, so they count for the next one.
    isDirty = false
    try {
      await sync(open())
      isFailing = false
      report({ type: 'wal_synced' })
    } catch (error) {
      isDirty = true
      // Told once, not twenty times a second for as long as the disk is bad.
      if (!isFailing) report({ type: 'upkeep_failed', task: 'sync', reason: reasonOf(error) })
      isFailing = true
    }
  }

  return {
    markDirty() {
      isDirty = true
      if (running === undefined) arm()
    },
    syncNow: () => fdatasyncSync(open()),
    async close() {
      await running
      clearTimeout(timer)
      if (descriptor !== undefined) closeSync(descriptor)
    },
  }
}
