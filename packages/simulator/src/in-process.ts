import { type ConnectionLost, play, type Stage, untilHead } from './player.ts'
import type { ArrivedRequest, Provider } from './provider.ts'
import { type Header, type Reply, wireHeaders } from './reply.ts'
import type { OpenRequest, RequestLog } from './request-log.ts'

export interface SimulatorRequest {
  method: string
  /** Absolute, or only a path. */
  url: string
  /** Names in any case. */
  headers: Readonly<Record<string, string>>
  body?: string | Uint8Array
}

/** Read once: either as chunks or whole. Leaving the iteration early hangs up. */
export interface SimulatorBody extends AsyncIterable<Uint8Array> {
  /** Rejects when there is more than `maxBytes`. */
  bytes(maxBytes: number): Promise<Uint8Array>
}

export interface SimulatorResponse {
  status: number
  /** Names are lower-case. */
  headers: Readonly<Record<string, string>>
  body: SimulatorBody
}

export interface InProcessPorts {
  provider: Provider
  log: RequestLog
  stage: Omit<Stage, 'signal'>
  /** What a lost connection is thrown as. */
  lost(error: ConnectionLost | RangeError): unknown
}

/** What is asked of an `AbortSignal`; a real one fits. */
export interface SimulatorSignal {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export type Send = (
  request: SimulatorRequest,
  signal: SimulatorSignal,
) => Promise<SimulatorResponse>

/** The provider without a socket: the same bytes, endings as rejections. */
export function createSend({ provider, log, stage, lost }: InProcessPorts): Send {
  return async (sent, signal) => {
    signal.throwIfAborted()
    const { reply, request } = provider.answer(arrivedFrom(sent))
    const call = new Call(reply, request, signal, { log, stage, lost })
    return call.open()
  }
}

function arrivedFrom({ method, url, headers, body }: SimulatorRequest): ArrivedRequest {
  const lowerCased: Record<string, string> = {}
  for (const name in headers) lowerCased[name.toLowerCase()] = headers[name] ?? ''
  const origin = url.indexOf('://')
  const slash = origin < 0 ? 0 : url.indexOf('/', origin + 3)
  return { method, path: slash < 0 ? '/' : url.slice(slash), headers: lowerCased, body }
}

const encoder = new TextEncoder()

/** One request and its reply; also the reply's body. */
class Call implements SimulatorBody {
  readonly #reply: Reply
  readonly #request: OpenRequest
  readonly #signal: SimulatorSignal
  readonly #hangUp = new AbortController()
  readonly #ports: Omit<InProcessPorts, 'provider'>
  #isTaken = false

  constructor(
    reply: Reply,
    request: OpenRequest,
    signal: SimulatorSignal,
    ports: Omit<InProcessPorts, 'provider'>,
  ) {
    this.#reply = reply
    this.#request = request
    this.#signal = signal
    this.#ports = ports
    signal.addEventListener('abort', this.#onAbort)
  }

  async open(): Promise<SimulatorResponse> {
    const { delayMs, silent, status } = this.#reply
    if (delayMs !== undefined || silent !== undefined) {
      await untilHead(this.#reply, this.#stage).catch((error) => this.#fail(error))
    }
    return { status, headers: recordOf(wireHeaders(this.#reply)), body: this }
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, void> {
    if (this.#isTaken) throw new TypeError('The body of an answer can be read only once.')
    this.#isTaken = true
    const pieces = play(this.#reply, this.#stage)
    return {
      next: async () => {
        const { value, done } = await pieces.next().catch((error) => this.#fail(error))
        if (done || value === undefined) {
          this.#close('complete')
          return { done: true, value: undefined }
        }
        this.#request.chunksWritten++
        return { done: false, value: typeof value === 'string' ? encoder.encode(value) : value }
      },
      return: async () => {
        this.#onAbort()
        return { done: true, value: undefined }
      },
    }
  }

  async bytes(maxBytes: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    let total = 0
    for await (const piece of this) {
      total += piece.length
      if (total > maxBytes) {
        throw this.#ports.lost(new RangeError(`The answer is larger than ${maxBytes} bytes.`))
      }
      pieces.push(piece)
    }
    const [only] = pieces
    return only && pieces.length === 1 ? only : Buffer.concat(pieces)
  }

  get #stage(): Stage {
    return { ...this.#ports.stage, signal: this.#hangUp.signal }
  }

  readonly #onAbort = () => {
    this.#close('aborted')
    this.#hangUp.abort(this.#signal.reason)
  }

  #close(state: 'complete' | 'aborted' | 'cut'): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#ports.log.close(this.#request, state)
  }

  #fail(error: ConnectionLost): never {
    if (this.#hangUp.signal.aborted) throw error
    this.#close('cut')
    throw this.#ports.lost(error)
  }
}

/** A repeated header's values are joined, as RFC 9110, 5.3, has it. */
function recordOf(headers: readonly Header[]): Record<string, string> {
  const record: Record<string, string> = {}
  for (const [name, value] of headers) {
    record[name] = record[name] === undefined ? value : `${record[name]}, ${value}`
  }
  return record
}
