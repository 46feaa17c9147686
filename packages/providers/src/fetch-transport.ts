import { isIP } from 'node:net'
import {
  type CallSignal,
  HubError,
  type Transport,
  type TransportBody,
  type TransportRequest,
  type TransportResponse,
} from '@aigne-hub/protocol'
import { readEgressUrl } from './egress.ts'
import {
  alreadyRead,
  answerTooLarge,
  brokenAnswer,
  checkHeaders,
  noAnswer,
} from './upstream-error.ts'

export interface FetchTransportOptions {
  /** Default: `globalThis.fetch` as it is at each call, so that mocks and instrumentation are seen. */
  fetch?: typeof globalThis.fetch
}

/**
 * A transport over `fetch`, for embedders: their proxies, mocks and instrumentation work. Base URLs that
 * are addresses, and `localhost`, are checked like in the undici transport; **names are not resolved
 * here**, so it is only for providers whose base URLs you chose yourself, and refuses names that stand in
 * callers' requests. Compressed answers are unpacked by `fetch`; `bytes(maxBytes)` counts unpacked bytes. Node's own `fetch` gives up after 300 s without
 * headers or between two chunks.
 */
export function createFetchTransport(options: FetchTransportOptions = {}): Transport {
  return {
    async send(request: TransportRequest, signal: CallSignal): Promise<TransportResponse> {
      signal.throwIfAborted()
      const { host, hostname } = readEgressUrl(request.url, request.allowPrivateNetwork)
      if (request.isCallers && isName(hostname)) throw unguarded(host)
      checkHeaders(request.headers, host)
      const call = options.fetch ?? globalThis.fetch
      const hangUp = new HangUp(signal)
      try {
        const response = await call(request.url, {
          method: request.method,
          headers: { 'accept-encoding': 'identity', ...request.headers },
          ...(request.body === undefined ? {} : { body: request.body }),
          redirect: 'manual',
          signal: hangUp.signal,
        })
        return {
          status: response.status,
          headers: headersOf(response),
          body: new FetchBody(response, host, hangUp),
        }
      } catch (error) {
        hangUp.letGo()
        if (signal.aborted) throw signal.reason
        throw noAnswer(error, host)
      }
    },
  }
}

/** Not an address, which has been checked as it stands. */
function isName(hostname: string): boolean {
  return !hostname.startsWith('[') && isIP(hostname) === 0
}

function unguarded(host: string): HubError {
  return new HubError(
    'egress_refused',
    `The hub does not call ${host}, which a request names: \`fetch\` cannot be told which address to dial. Use the transport of @aigne-hub/providers/undici.`,
  )
}

/** `fetch` unpacks the body, so what the headers say of the packed one is left out. */
function headersOf(response: Response): Record<string, string> {
  const headers = Object.fromEntries(response.headers)
  if (headers['content-encoding'] !== undefined) {
    delete headers['content-encoding']
    delete headers['content-length']
  }
  return headers
}

/**
 * The signal that `fetch` gets: it follows the caller's, and lets go of it when the exchange is over.
 * (`fetch` itself would hold on to the caller's signal until garbage collection.)
 */
class HangUp {
  readonly #caller: CallSignal
  readonly #controller = new AbortController()

  constructor(caller: CallSignal) {
    this.#caller = caller
    caller.addEventListener('abort', this)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get caller(): CallSignal {
    return this.#caller
  }

  handleEvent(): void {
    this.now(this.#caller.reason)
  }

  now(reason?: unknown): void {
    this.letGo()
    this.#controller.abort(reason)
  }

  letGo(): void {
    this.#caller.removeEventListener('abort', this)
  }
}

class FetchBody implements TransportBody, AsyncIterator<Uint8Array, undefined> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  readonly #announcedBytes: number
  readonly #host: string
  readonly #hangUp: HangUp
  #taken = false

  constructor(response: Response, host: string, hangUp: HangUp) {
    this.#reader = response.body?.getReader()
    this.#announcedBytes = Number(response.headers.get('content-length') ?? Number.NaN)
    this.#host = host
    this.#hangUp = hangUp
    if (this.#reader === undefined) hangUp.letGo()
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    if (this.#taken) throw alreadyRead()
    this.#taken = true
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const { caller } = this.#hangUp
    caller.throwIfAborted()
    try {
      const read = await this.#reader?.read()
      if (read !== undefined && !read.done) return { done: false, value: read.value }
    } catch (error) {
      this.#hangUp.letGo()
      if (caller.aborted) throw caller.reason
      throw brokenAnswer(error, this.#host)
    }
    this.#hangUp.letGo()
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#hangUp.now()
    return { done: true, value: undefined }
  }

  async bytes(maxBytes: number): Promise<Uint8Array> {
    if (this.#announcedBytes > maxBytes && !this.#taken) {
      this.#hangUp.now()
      throw answerTooLarge(this.#host, maxBytes)
    }
    const chunks: Uint8Array[] = []
    let held = 0
    for await (const chunk of this) {
      held += chunk.length
      // Leaving the loop closes the connection.
      if (held > maxBytes) throw answerTooLarge(this.#host, maxBytes)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks, held)
  }
}
