/** Where a key came from. All but `created` are declared anew at every start. */
export type ApiKeySource = 'created' | 'file' | 'environment' | 'demo'

/** An API key as it is stored: never the key itself. */
export interface ApiKeyRow {
  id: string
  /** The tenant the key acts for. */
  accountId: string
  /** As its owner calls it. */
  name: string
  source: ApiKeySource
  /** SHA-256 of the key, in hex. No two enabled keys share one. */
  digest: string
  /** What may be shown of the key. */
  prefix: string
  /** Model names the key may use; `*` at the end matches any ending. Absent = every model. */
  models?: readonly string[]
  loopbackOnly: boolean
  admin: boolean
  enabled: boolean
  /** Unix milliseconds, as all times here. */
  createdAt: number
  expiresAt?: number
  /** Rounded down to about a minute, and late by as much. */
  lastUsedAt?: number
}
