import {
  type CallSignal,
  HubError,
  type Target,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type WireRequest,
} from '@aigne-hub/protocol'

const maxRedirects = 3

/** What one attempt sends with: one target's address and credential, which is opened once. */
export class ProviderLine {
  readonly #target: Target
  readonly #signal: CallSignal
  readonly #transport: Transport
  readonly #secrets: Readonly<Record<string, string>>
  readonly #baseUrl: string

  constructor(target: Target, signal: CallSignal, transport: Transport) {
    const { provider, credential } = target
    this.#target = target
    this.#signal = signal
    this.#transport = provider.transport ?? transport
    this.#secrets = credential.open()
    this.#baseUrl = provider.baseUrlFor?.(this.#secrets) ?? provider.baseUrl
  }

  /** A request in the provider's own words, signed. */
  send({ method = 'POST', path, headers, body }: WireRequest): Promise<TransportResponse> {
    const request: TransportRequest = {
      method,
      url: this.#baseUrl + path,
      headers: body === undefined ? { ...headers } : { 'content-type': json, ...headers },
      allowPrivateNetwork: this.#target.provider.allowPrivateNetwork === true,
    }
    if (body !== undefined) request.body = body
    return this.#signed(request)
  }

  /**
   * A file that the provider has named. Its own origin is shown the credential; any other is reached as
   * strangers are: without it, and on public addresses only.
   */
  async fetch(url: string): Promise<TransportResponse> {
    const { provider } = this.#target
    let address = url
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const isOwn = URL.parse(address)?.origin === new URL(this.#baseUrl).origin
      const request: TransportRequest = {
        method: 'GET',
        url: address,
        headers: {},
        allowPrivateNetwork: isOwn && provider.allowPrivateNetwork === true,
      }
      const response = isOwn
        ? await this.#signed(request)
        : await this.#transport.send(request, this.#signal)
      const next = redirectOf(response, address)
      if (next === undefined) return response
      await response.body.bytes(maxRedirectBytes).catch(() => {})
      address = next
    }
    throw new HubError(
      'upstream_failed',
      `The file that ${provider.id} has made is behind too many redirects. Try again.`,
    )
  }

  async #signed(request: TransportRequest): Promise<TransportResponse> {
    const send = (first: TransportRequest) => this.#transport.send(first, this.#signal)
    const signing = this.#target.provider.sign(request, this.#secrets, send)
    return send(signing instanceof Promise ? await this.#whileWanted(signing) : signing)
  }

  /** A signature may wait for what another call has asked for, and that one's time is not ours. */
  #whileWanted<T>(work: Promise<T>): Promise<T> {
    const signal = this.#signal
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason)
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop)
      work.finally(() => signal.removeEventListener('abort', stop)).then(resolve, reject)
    })
  }
}

const json = 'application/json'
const maxRedirectBytes = 64 * 1024

/** Where an answer sends on to, as an absolute address. */
export function redirectOf(
  { status, headers }: Pick<TransportResponse, 'status' | 'headers'>,
  from: string,
): string | undefined {
  if (status < 300 || status > 399 || headers.location === undefined) return undefined
  return URL.parse(headers.location, from)?.href
}
