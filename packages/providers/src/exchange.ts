import {
  type CallSignal,
  type Headers,
  HubError,
  type TransportBody,
  type TransportResponse,
} from '@aigne-hub/protocol'
import type { Dispatcher } from 'undici'
import { alreadyRead, answerTooLarge, brokenAnswer, noAnswer } from './upstream-error.ts'

/** Bytes held for a reader who is behind; beyond this the connection is not read any further. */
const highWaterBytes = 64 * 1024

/** What undici is told when we hang up. Never seen outside: whoever waits has had the real reason. */
const hangUp = new Error('The reader hung up.')

interface Waiting<T> {
  resolve(value: T): void
  reject(reason: unknown): void
}

/**
 * One request and its answer: what undici calls back and what the reader pulls from, in one object, so
 * that a chunk goes from one to the other without a stream, a copy or a closure in between.
 *
 * undici's callbacks run inside its parser; they only store and settle promises, so nobody else's code
 * ever runs there.
 */
export class Exchange
  implements Dispatcher.DispatchHandler, TransportBody, AsyncIterator<Uint8Array, undefined>
{
  readonly #host: string
  readonly #signal: CallSignal
  readonly #answered: (response: TransportResponse) => void
  readonly #refused: (reason: unknown) => void
  #controller: Dispatcher.DispatchController | undefined
  #phase: 'waiting' | 'open' | 'ended' | 'failed' = 'waiting'
  #failure: unknown
  #taken = false
  /** From the answer's `content-length`; NaN when it has none. */
  #announcedBytes = Number.NaN
  /** Chunks that have arrived and are not read yet. */
  #chunks: Uint8Array[] = []
  #heldBytes = 0
  #reader: Waiting<IteratorResult<Uint8Array, undefined>> | undefined
  #collector: (Waiting<Uint8Array> & { maxBytes: number }) | undefined

  constructor(
    host: string,
    signal: CallSignal,
    resolve: (response: TransportResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#host = host
    this.#signal = signal
    this.#answered = resolve
    this.#refused = reject
    signal.addEventListener('abort', this)
  }

  // ── What the reader calls ─────────────────────────────────────────────────────────────────────

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    if (this.#taken) throw alreadyRead()
    this.#taken = true
    return this
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason)
    const value = this.#chunks.shift()
    if (value !== undefined) {
      this.#heldBytes -= value.length
      if (this.#chunks.length === 0) this.#resume()
      return Promise.resolve({ done: false, value })
    }
    if (this.#phase === 'failed') return Promise.reject(this.#failure)
    if (this.#phase === 'ended') return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  /** The reader has seen enough: closes the connection unless the answer is complete. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#phase === 'open') {
      this.#phase = 'ended'
      this.#letGo()
      this.#controller?.abort(hangUp)
      this.#reader?.resolve({ done: true, value: undefined })
    }
    this.#chunks = []
    return Promise.resolve({ done: true, value: undefined })
  }

  bytes(maxBytes: number): Promise<Uint8Array> {
    if (this.#taken) return Promise.reject(alreadyRead())
    this.#taken = true
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason)
    if (this.#heldBytes > maxBytes || this.#announcedBytes > maxBytes) {
      this.#giveUp(answerTooLarge(this.#host, maxBytes))
    }
    if (this.#phase === 'failed') return Promise.reject(this.#failure)
    if (this.#phase === 'ended') return Promise.resolve(this.#joined())
    return new Promise((resolve, reject) => {
      this.#collector = { maxBytes, resolve, reject }
      this.#resume()
    })
  }

  // ── What the abort signal calls ───────────────────────────────────────────────────────────────

  handleEvent(): void {
    this.#chunks = []
    this.#giveUp(this.#signal.reason)
  }

  // ── What undici calls ─────────────────────────────────────────────────────────────────────────

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Aborted while it waited for a connection.
    if (this.#phase === 'failed') controller.abort(hangUp)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    received: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return
    for (const name in received) {
      const value = received[name]
      if (Array.isArray(value)) received[name] = value.join(', ')
    }
    const headers = received as Headers
    const length = headers['content-length']
    if (length !== undefined) this.#announcedBytes = Number(length)
    this.#phase = 'open'
    this.#answered({ status, headers, body: this })
    const encoding = headers['content-encoding']
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
      // Status and headers stand; only the body cannot be read.
      const what = `${this.#host} answered with a compressed body (${encoding}), although it was asked not to.`
      this.#giveUp(
        new HubError('upstream_failed', `${what} Switch compression off there.`, {
          upstream: { status },
        }),
      )
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      reader.resolve({ done: false, value: chunk })
      return
    }
    this.#chunks.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#collector === undefined) {
      if (this.#heldBytes >= highWaterBytes) controller.pause()
    } else if (this.#heldBytes > this.#collector.maxBytes) {
      this.#giveUp(answerTooLarge(this.#host, this.#collector.maxBytes))
    }
  }

  onResponseEnd(): void {
    this.#phase = 'ended'
    this.#letGo()
    this.#reader?.resolve({ done: true, value: undefined })
    this.#collector?.resolve(this.#joined())
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#phase === 'waiting') this.#fail(noAnswer(error, this.#host))
    else if (this.#phase === 'open') this.#fail(brokenAnswer(error, this.#host))
  }

  // ── How it ends ───────────────────────────────────────────────────────────────────────────────

  #giveUp(reason: unknown): void {
    this.#fail(reason)
    this.#controller?.abort(hangUp)
  }

  #fail(reason: unknown): void {
    const phase = this.#phase
    if (phase === 'failed') return
    this.#phase = 'failed'
    this.#failure = reason
    this.#letGo()
    if (phase === 'waiting') this.#refused(reason)
    this.#reader?.reject(reason)
    this.#collector?.reject(reason)
  }

  #letGo(): void {
    this.#signal.removeEventListener('abort', this)
  }

  #resume(): void {
    if (this.#phase === 'open' && this.#controller?.paused) this.#controller.resume()
  }

  #joined(): Uint8Array {
    const chunks = this.#chunks
    this.#chunks = []
    const [first] = chunks
    if (chunks.length === 1 && first !== undefined) return first
    return Buffer.concat(chunks, this.#heldBytes)
  }
}
