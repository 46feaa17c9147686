import type { CallSignal } from './call-signal.ts'
import type { Headers } from './headers.ts'

export interface TransportRequest {
  method: 'GET' | 'POST' | 'DELETE'
  /** Absolute. Built from the provider's base URL and the dialect's path, unless `isCallers`. */
  url: string
  headers: Headers
  body?: string | Uint8Array
  /** Whether this origin may be on a private network. */
  allowPrivateNetwork: boolean
  /**
   * The address stands in a caller's request. It must only be sent by a transport that dials the very
   * address it has checked.
   */
  isCallers?: boolean
}

/** Read once: either as chunks or whole. Leaving the iteration early closes the connection. */
export interface TransportBody extends AsyncIterable<Uint8Array> {
  /** @throws HubError `upstream_failed` when there is more than `maxBytes`. */
  bytes(maxBytes: number): Promise<Uint8Array>
}

export interface TransportResponse {
  status: number
  headers: Headers
  body: TransportBody
}

/**
 * Sends one request. Never follows a redirect, never retries. Aborting `signal` closes the connection
 * at once, also while the body is read; what is pending then rejects with the signal's reason.
 * @throws HubError `egress_refused` for an address that may not be called, `upstream_failed` or
 *   `upstream_timeout` when there is no answer.
 */
export interface Transport {
  send(request: TransportRequest, signal: CallSignal): Promise<TransportResponse>
}
