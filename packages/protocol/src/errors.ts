/**
 * Every way a call can fail, one line each: the HTTP status, whether another try may help (the
 * caller's or, before the first byte, ours), and the `type` that OpenAI's clients expect beside it.
 */
export const errorCodes = {
  // The caller's to mend.
  invalid_request: { status: 400, retryable: false, type: 'invalid_request_error' },
  unsupported_parameter: { status: 400, retryable: false, type: 'invalid_request_error' },
  media_not_fetched: { status: 400, retryable: false, type: 'invalid_request_error' },
  previous_response_not_found: { status: 400, retryable: false, type: 'invalid_request_error' },
  invalid_api_key: { status: 401, retryable: false, type: 'invalid_request_error' },
  permission_denied: { status: 403, retryable: false, type: 'permission_error' },
  model_not_found: { status: 404, retryable: false, type: 'invalid_request_error' },
  response_not_found: { status: 404, retryable: false, type: 'invalid_request_error' },
  unknown_url: { status: 404, retryable: false, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, retryable: false, type: 'invalid_request_error' },
  request_timeout: { status: 408, retryable: true, type: 'invalid_request_error' },
  request_too_large: { status: 413, retryable: false, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, retryable: false, type: 'invalid_request_error' },
  headers_too_large: { status: 431, retryable: false, type: 'invalid_request_error' },
  client_closed: { status: 499, retryable: false, type: 'invalid_request_error' },

  // The provider's. `upstream_rejected` keeps the provider's own status, type and code.
  upstream_rejected: { status: 400, retryable: false, type: 'invalid_request_error' },
  rate_limit_exceeded: { status: 429, retryable: true, type: 'requests' },
  insufficient_quota: { status: 429, retryable: false, type: 'insufficient_quota' },
  credential_rejected: { status: 502, retryable: false, type: 'server_error' },
  upstream_failed: { status: 502, retryable: true, type: 'server_error' },
  upstream_incomplete: { status: 502, retryable: true, type: 'server_error' },
  upstream_overloaded: { status: 503, retryable: true, type: 'service_unavailable_error' },
  upstream_timeout: { status: 504, retryable: true, type: 'server_error' },

  // Ours, or the operator's to mend.
  internal_error: { status: 500, retryable: true, type: 'server_error' },
  egress_refused: { status: 502, retryable: false, type: 'server_error' },
  no_target_available: { status: 503, retryable: true, type: 'service_unavailable_error' },
  server_overloaded: { status: 503, retryable: true, type: 'service_unavailable_error' },
  shutting_down: { status: 503, retryable: true, type: 'service_unavailable_error' },
  storage_unavailable: { status: 503, retryable: true, type: 'service_unavailable_error' },
} as const satisfies Record<string, { status: number; retryable: boolean; type: string }>

export type ErrorCode = keyof typeof errorCodes

/** What the provider itself said, as far as it may be shown: never a header, never a credential. */
export interface UpstreamFault {
  status: number
  code?: string | undefined
  type?: string | undefined
  param?: string | undefined
}

/** One try of one target, as listed in errors and request records. */
export interface AttemptSummary {
  provider: string
  model: string
  credential: string
  /** HTTP status of the provider's answer; absent when there was none. */
  status?: number
  /** Absent when the try succeeded. */
  code?: ErrorCode
  durationMs: number
}

export interface HubErrorOptions {
  /** The field of the request that is at fault, such as `messages[0].content`. */
  param?: string
  /** Where that is known better than by the code. */
  retryable?: boolean
  /** How long to wait before the next try, in milliseconds. */
  retryAfterMs?: number
  upstream?: UpstreamFault
  attempts?: AttemptSummary[]
  cause?: unknown
}

/**
 * The one error class. `message` says what happened and what to do, in words for the caller; it never
 * holds a secret. `cause` keeps the original for the operator's log.
 */
export class HubError extends Error {
  override readonly name = 'HubError'
  readonly code: ErrorCode
  /** HTTP status for the caller. */
  readonly status: number
  readonly retryable: boolean
  readonly param: string | undefined
  readonly retryAfterMs: number | undefined
  readonly upstream: UpstreamFault | undefined
  /** Every try so far, filled in by the attempt loop. */
  attempts: AttemptSummary[]

  constructor(code: ErrorCode, message: string, options: HubErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    const { status, retryable } = errorCodes[code]
    this.code = code
    this.status = code === 'upstream_rejected' ? (options.upstream?.status ?? status) : status
    this.retryable = options.retryable ?? retryable
    this.param = options.param
    this.retryAfterMs = options.retryAfterMs
    this.upstream = options.upstream
    this.attempts = options.attempts ?? []
  }
}

/** `error` itself when it is a `HubError`, else an `internal_error` that keeps it as `cause`. */
export function asHubError(error: unknown): HubError {
  if (error instanceof HubError) return error
  return new HubError(
    'internal_error',
    'The hub failed to handle this request. Try again; if it happens again, give the request id to the operator.',
    { cause: error },
  )
}
