import { type ErrorCode, HubError } from '@aigne-hub/protocol'

const untrusted = 'its certificate is not trusted here'
const trustHint = 'If it is your own server, give Node its authority with NODE_EXTRA_CA_CERTS'

/**
 * What the codes of Node and undici mean, in words that follow the host's name. Sources: Node's
 * documentation of errors and of `tls` ("X509 certificate error codes"), undici's "Errors".
 */
const causes: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name does not resolve. Check the base URL',
  EAI_AGAIN: 'the name server did not answer',
  ECONNREFUSED: 'it refused the connection. Check that it runs and that the port is right',
  ECONNRESET: 'it closed the connection before it answered',
  EPIPE: 'it closed the connection before it answered',
  UND_ERR_SOCKET: 'it closed the connection before it answered',
  EHOSTUNREACH: 'there is no route to it from here',
  ENETUNREACH: 'there is no route to it from here',
  DEPTH_ZERO_SELF_SIGNED_CERT: `${untrusted} (it signed its own). ${trustHint}`,
  SELF_SIGNED_CERT_IN_CHAIN: `${untrusted} (unknown authority). ${trustHint}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${untrusted} (unknown authority). ${trustHint}`,
  UNABLE_TO_GET_ISSUER_CERT: `${untrusted} (unknown authority). ${trustHint}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `${untrusted} (unknown authority). ${trustHint}`,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet. Check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  EPROTO: 'it does not speak TLS on that port, or not a version that is accepted',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on that port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS on that port',
  UND_ERR_HEADERS_OVERFLOW: 'it sent more than 16 KiB of headers',
}

const timeouts: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

const stopped: ReadonlySet<string> = new Set(['UND_ERR_DESTROYED', 'UND_ERR_CLOSED'])

/** What is asked of a transport that has been closed. */
export function shuttingDown(cause?: unknown): HubError {
  return new HubError('shutting_down', 'The hub is shutting down. Try again shortly.', { cause })
}

/** The code of an error or, as `fetch` wraps its errors, of what caused it. */
function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return ''
}

/** The error of `fetch` or undici that is one of ours, from the check of a resolved name. */
function refusalIn(error: unknown): HubError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof HubError) return at
  }
  return undefined
}

/** Why there is no answer from `host`. Always a new error: the router writes its attempts into it. */
export function noAnswer(error: unknown, host: string): HubError {
  const refusal = refusalIn(error)
  if (refusal) return new HubError(refusal.code, refusal.message)
  const code = codeOf(error)
  const fail = (as: ErrorCode, message: string) => new HubError(as, message, { cause: error })
  if (stopped.has(code)) return shuttingDown(error)
  if (timeouts.has(code)) return fail('upstream_timeout', `${host} did not answer in time.`)
  if (code === 'UND_ERR_INVALID_ARG') {
    // undici names the header or the path at fault, never its value.
    const what = error instanceof Error ? error.message : code
    return fail('internal_error', `The request to ${host} could not be written: ${what}.`)
  }
  // undici's parser errors have no code.
  const isGarbage = error instanceof Error && error.name === 'HTTPParserError'
  const known = isGarbage ? 'its answer is not HTTP/1.1' : causes[code]
  const cause = known ?? `the connection failed${code === '' ? '' : ` (${code})`}`
  return fail('upstream_failed', `No answer from ${host}: ${cause}.`)
}

/** Why the answer of `host` broke off. */
export function brokenAnswer(error: unknown, host: string): HubError {
  if (stopped.has(codeOf(error))) return shuttingDown(error)
  return new HubError('upstream_incomplete', `${host} ended its answer before it was complete.`, {
    cause: error,
  })
}

/** The body of an answer is larger than whoever reads it takes. */
export function answerTooLarge(host: string, maxBytes: number): HubError {
  return new HubError('upstream_failed', `The answer of ${host} is larger than ${maxBytes} bytes.`)
}

/** A mistake of whoever reads, not of the host. */
export function alreadyRead(): TypeError {
  return new TypeError('The body of an answer can be read only once.')
}

const badHeaderValue = /[^\t\x20-\x7e\x80-\xff]/

/**
 * Refuses header values that HTTP cannot carry, before a library quotes the value, which may be a
 * credential, in its own error.
 * @throws HubError `internal_error` naming the header.
 */
export function checkHeaders(headers: Readonly<Record<string, string>>, host: string): void {
  for (const name in headers) {
    if (badHeaderValue.test(headers[name] ?? '')) {
      throw new HubError(
        'internal_error',
        `The request to ${host} could not be written: invalid ${name} header.`,
      )
    }
  }
}
