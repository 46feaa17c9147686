/** The store cannot be opened or used as asked. The message says what happened, where, and what to do. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
}

/** Another process has the data folder open. */
export class StoreInUseError extends StoreError {
  override readonly name = 'StoreInUseError'
  readonly dataDir: string
  /** The other process; absent when it could not be found out. */
  readonly pid: number | undefined

  constructor(dataDir: string, pid: number | undefined) {
    const holder = pid === undefined ? 'another process' : `the process ${pid}`
    super(
      `The data folder ${dataDir} is in use by ${holder}. Stop that process first, or give this one a data folder of its own.`,
    )
    this.dataDir = dataDir
    this.pid = pid
  }
}

/** What went wrong, in the words of the system or of SQLite: `ENOSPC: no space left on device, write`. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
