import type { TransportBody, TransportResponse } from '@aigne-hub/protocol'

class Body implements TransportBody {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  async bytes(): Promise<Uint8Array> {
    return this.#bytes
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, undefined> {
    yield this.#bytes
    return undefined
  }
}

/** An answer of a server that does not exist. What is no text is sent as JSON. */
export function answer(status: number, body: unknown): TransportResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: {}, body: new Body(new TextEncoder().encode(text)) }
}

/** For signatures that need no request of their own. */
export function neverSent(): Promise<TransportResponse> {
  return Promise.reject(new TypeError('Nothing is sent to sign.'))
}
