/** What the store does on its own account. */
export type StoreEvent =
  /** The database refused one row for good; it waits in the file for somebody to look at it. */
  | { type: 'row_quarantined'; kind: string; reason: string; file: string }
  /** Nothing can be written to the database: rows go to the file until it can. Told once, not per row. */
  | { type: 'rows_unposted'; reason: string; file: string }
  /** The rows of that file are in the database. */
  | { type: 'rows_replayed'; rows: number }
  /** They are not, yet; it is tried again. */
  | { type: 'replay_failed'; reason: string; file: string }
  /** Neither the database nor the file took these rows; whoever recorded them was told. */
  | { type: 'rows_refused'; rows: number; reason: string }
  | { type: 'wal_synced' }
  | { type: 'checkpointed'; mode: 'passive' | 'truncate'; walPages: number; copiedPages: number }
  /** Syncing or checkpointing failed; it is tried again. */
  | { type: 'upkeep_failed'; task: 'sync' | 'checkpoint'; reason: string }

/** Where the store writes its log; a pino logger is one. */
export interface StoreLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export type Report = (event: StoreEvent) => void

const lines: { [T in StoreEvent['type']]: [keyof StoreLog, string] } = {
  row_quarantined: ['error', 'The database refused a row; it was set aside'],
  rows_unposted: ['error', 'The database cannot be written; rows are kept in a file until it can'],
  rows_replayed: ['info', 'Rows kept in a file are in the database now'],
  replay_failed: ['warn', 'Rows kept in a file still do not go into the database'],
  rows_refused: ['error', 'Rows could not be kept anywhere'],
  wal_synced: ['debug', 'Synced'],
  checkpointed: ['debug', 'Checkpointed'],
  upkeep_failed: ['warn', 'Upkeep of the database failed and will be tried again'],
}

/** One place that tells the log and the listener. */
export function createReport(log?: StoreLog, onEvent?: (event: StoreEvent) => void): Report {
  return (event) => {
    const [level, message] = lines[event.type]
    log?.[level](event, message)
    onEvent?.(event)
  }
}
