import type { Headers } from './headers.ts'
import type { ModelLimits } from './model.ts'
import type { Quirks } from './quirks.ts'

/** Where a request is going, as far as its wording depends on it. */
export interface WireTarget {
  /** The provider's id, for messages and signatures. */
  provider: string
  /** The provider's own id of the model. */
  model: string
  quirks: Quirks
  /** What is known of the model's limits. */
  limits?: ModelLimits
  /** The caller would rather lose what the target cannot express than be refused. */
  dropsUnsupported?: boolean
}

export interface WireRequest {
  /** Default: `POST`. */
  method?: 'GET' | 'POST' | 'DELETE'
  /** Appended to the provider's base URL; starts with a slash. */
  path: string
  /** `content-type` is `application/json` unless it is here. */
  headers?: Headers
  body?: string | Uint8Array
  /** Hints and sampling fields the target cannot express, by their name in the caller's request. */
  dropped: string[]
}
