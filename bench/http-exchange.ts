// Just enough HTTP/1.1 to send prepared bytes over a kept-alive socket and to see where the answer
// ends: the load generator shares the machine with what it measures, so it must cost next to nothing.
import { connect, type Socket } from 'node:net'

const LF = 0x0a
const CR = 0x0d
const headEnd = Buffer.from('\r\n\r\n')

type State = 'head' | 'body' | 'chunkSize' | 'chunk' | 'trailer' | 'done'

/** Finds the end of one answer after another. Knows content-length and chunked, as servers send them. */
class AnswerReader {
  status = 0
  /** Bytes of the body so far, without chunk sizes. */
  bodyBytes = 0
  /** Set to collect the body. */
  body: Buffer[] | undefined
  #state: State = 'head'
  #head: Buffer = Buffer.alloc(0)
  #remaining = 0
  #lineLength = 0

  reset(): void {
    this.status = 0
    this.bodyBytes = 0
    this.#state = 'head'
    this.#head = Buffer.alloc(0)
  }

  /** True once the answer is complete. @throws Error for what no server should send. */
  push(bytes: Buffer): boolean {
    let at = 0
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head':
          at = this.#readHead(bytes)
          break
        case 'body':
          at = this.#take(bytes, at, 0)
          if (this.#remaining === 0) this.#state = 'done'
          break
        case 'chunkSize':
          at = this.#readSize(bytes, at)
          break
        case 'chunk':
          // The two bytes more are the line end behind the chunk.
          at = this.#take(bytes, at, 2)
          if (this.#remaining === 0) this.#startSize()
          break
        case 'trailer':
          at = this.#readTrailer(bytes, at)
          break
        case 'done':
          throw new Error('The server sent more than one answer.')
      }
    }
    return this.#state === 'done'
  }

  #readHead(bytes: Buffer): number {
    const before = this.#head.length
    const all = before === 0 ? bytes : Buffer.concat([this.#head, bytes])
    const end = all.indexOf(headEnd)
    if (end < 0) {
      this.#head = all
      return bytes.length
    }
    const head = all.toString('latin1', 0, end).toLowerCase()
    this.status = Number(head.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
    if (length !== undefined) {
      this.#remaining = Number(length)
      this.#state = this.#remaining === 0 ? 'done' : 'body'
    } else if (/\r\ntransfer-encoding: *chunked/.test(head)) this.#startSize()
    else throw new Error(`An answer without a length:\n${head}`)
    return end + headEnd.length - before
  }

  #startSize(): void {
    this.#state = 'chunkSize'
    this.#remaining = 0
  }

  #readSize(bytes: Buffer, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte === LF) {
        if (this.#remaining > 0) {
          this.#remaining += 2
          this.#state = 'chunk'
        } else {
          this.#state = 'trailer'
          this.#lineLength = 0
        }
        return at + 1
      }
      // Hexadecimal digits, whose low nibble says it all: 0–9 as they are, letters from 9 on.
      if (byte !== CR) this.#remaining = this.#remaining * 16 + (byte & 0xf) + (byte > 0x39 ? 9 : 0)
    }
    return bytes.length
  }

  /** Takes what is there of the remaining bytes; the last `frameBytes` of them are not body. */
  #take(bytes: Buffer, at: number, frameBytes: number): number {
    const end = Math.min(at + this.#remaining, bytes.length)
    const ofBody = Math.min(end - at, Math.max(this.#remaining - frameBytes, 0))
    this.bodyBytes += ofBody
    this.body?.push(bytes.subarray(at, at + ofBody))
    this.#remaining -= end - at
    return end
  }

  #readTrailer(bytes: Buffer, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      if (bytes[at] === LF) {
        if (this.#lineLength === 0) {
          this.#state = 'done'
          return at + 1
        }
        this.#lineLength = 0
      } else if (bytes[at] !== CR) this.#lineLength++
    }
    return bytes.length
  }
}

/** Times of one exchange, in milliseconds. */
export interface Timing {
  /** From the request to the first byte of the answer's body. */
  firstMs: number
  /** From the request to the last byte of the answer. */
  totalMs: number
}

/** One kept-alive connection, one exchange at a time. */
export class Connection {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  #startedAt = 0
  #firstMs = 0
  #done: ((timing: Timing) => void) | undefined
  #failed: (error: Error) => void = () => {}

  /** Resolves when connected. */
  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new Connection(socket))
      })
    })
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('The server closed the connection.')))
  }

  /** Sends `request`; exactly one of the two is called. Any answer but 200 fails. */
  send(request: Buffer, done: (timing: Timing) => void, failed: (error: Error) => void): void {
    this.#reader.reset()
    this.#done = done
    this.#failed = failed
    this.#firstMs = 0
    this.#startedAt = performance.now()
    this.#socket.write(request)
  }

  /** As `send`, and also the answer's body. */
  async exchange(request: Buffer): Promise<Timing & { body: string }> {
    const body: Buffer[] = []
    this.#reader.body = body
    try {
      const timing = await new Promise<Timing>((resolve, reject) => {
        this.send(request, resolve, reject)
      })
      return { ...timing, body: Buffer.concat(body).toString() }
    } finally {
      this.#reader.body = undefined
    }
  }

  close(): void {
    this.#done = undefined
    this.#socket.destroy()
  }

  #receive(bytes: Buffer): void {
    const done = this.#done
    if (done === undefined) return
    let ended: boolean
    try {
      ended = this.#reader.push(bytes)
    } catch (error) {
      this.#fail(error as Error)
      return
    }
    if (this.#firstMs === 0 && this.#reader.bodyBytes > 0) {
      this.#firstMs = performance.now() - this.#startedAt
    }
    if (!ended) return
    if (this.#reader.status !== 200) {
      this.#fail(new Error(`The server answered ${this.#reader.status}.`))
      return
    }
    this.#done = undefined
    done({ firstMs: this.#firstMs, totalMs: performance.now() - this.#startedAt })
  }

  #fail(error: Error): void {
    const pending = this.#done !== undefined
    this.close()
    if (pending) this.#failed(error)
  }
}
