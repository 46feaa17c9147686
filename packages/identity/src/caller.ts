import { type Caller, type Clock, systemClock } from '@aigne-hub/protocol'
import type { ApiKeyRow } from './ports.ts'

/** Who stands behind which key: a snapshot that never changes. A change of keys makes a new one. */
export interface CallerDirectory {
  /** How many keys are enabled. */
  readonly size: number
  /** The caller whose key has this digest; `undefined` for a key that is unknown, disabled or expired. */
  find(digest: string): Caller | undefined
}

interface Entry {
  caller: Caller
  expiresAt: number
}

function callerOf(row: ApiKeyRow): Caller {
  return Object.freeze({
    keyId: row.id,
    keyName: row.name,
    accountId: row.accountId,
    ...(row.models && { models: Object.freeze([...row.models]) }),
    ...(row.loopbackOnly && { loopbackOnly: true }),
    ...(row.admin && { admin: true }),
  })
}

/**
 * Disabled keys are left out, so finding one takes the same path, and the same time, as finding a key
 * that never was.
 */
export function createCallerDirectory(
  rows: Iterable<ApiKeyRow>,
  clock: Pick<Clock, 'now'> = systemClock,
): CallerDirectory {
  const entries = new Map<string, Entry>()
  for (const row of rows) {
    if (!row.enabled) continue
    entries.set(row.digest, { caller: callerOf(row), expiresAt: row.expiresAt ?? Infinity })
  }
  return {
    size: entries.size,
    find(digest) {
      const entry = entries.get(digest)
      return entry !== undefined && clock.now() < entry.expiresAt ? entry.caller : undefined
    },
  }
}
