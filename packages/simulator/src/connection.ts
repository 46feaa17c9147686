import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { BadHttp, type HttpRequest, HttpRequestReader } from './http-request.ts'
import { waiting } from './pace.ts'
import { ConnectionLost, play, type Stage, untilHead } from './player.ts'
import type { Provider } from './provider.ts'
import { byteLength, type Reply, wireHeaders } from './reply.ts'
import type { OpenRequest, RequestLog } from './request-log.ts'

export interface ConnectionPorts {
  provider: Provider
  log: RequestLog
  stage: Omit<Stage, 'signal'>
}

/** Requests that a client has sent ahead may hold this much. */
const maxBytesAhead = 1024 * 1024
/** A reply of up to this many UTF-16 units goes to the socket in one piece. */
const maxLengthAtOnce = 256 * 1024

/** Answers the requests of one socket, one after the other. */
export function serve(socket: Socket, ports: ConnectionPorts): void {
  const connection = new Connection(socket, ports)
  ports.log.connected()
  socket.setNoDelay(true)
  socket.on('data', (bytes: Buffer) => connection.receive(bytes))
  // A client that has ended its half has hung up: an API's client never does so while it listens.
  socket.on('end', () => connection.hungUp())
  socket.on('error', () => connection.hungUp())
  socket.on('close', () => {
    connection.hungUp()
    ports.log.disconnected()
  })
}

class Connection {
  readonly #socket: Socket
  readonly #ports: ConnectionPorts
  readonly #reader = new HttpRequestReader()
  /** An answer takes its time, or the connection is about to end. */
  #isAnswering = false
  #bytesAhead = 0
  /** The request being answered, and what tells its reply that the client has gone. */
  #current: { request: OpenRequest; gone: AbortController } | undefined

  constructor(socket: Socket, ports: ConnectionPorts) {
    this.#socket = socket
    this.#ports = ports
  }

  receive(bytes: Buffer): void {
    this.#reader.push(bytes)
    if (!this.#isAnswering) {
      this.#answerAll()
      return
    }
    this.#bytesAhead += bytes.length
    if (this.#bytesAhead > maxBytesAhead) this.#socket.destroy()
  }

  hungUp(): void {
    const current = this.#current
    if (!current) return
    this.#current = undefined
    this.#ports.log.close(current.request, 'aborted')
    current.gone.abort(new ConnectionLost('close'))
    this.#socket.destroy()
  }

  /** Answers every whole request that has come, as long as that needs no waiting. */
  #answerAll(): void {
    try {
      for (let http = this.#reader.next(); http; http = this.#reader.next()) {
        if (this.#answer(http)) return
      }
      if (this.#reader.takeContinue()) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    } catch (error) {
      if (!(error instanceof BadHttp)) throw error
      this.#socket.end(
        `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
      )
    }
  }

  /** True when the answer takes its time and goes on by itself. */
  #answer(http: HttpRequest): boolean {
    const { method, target, headers, body } = http
    const { provider, log } = this.#ports
    const { reply, request } = provider.answer({ method, path: target, headers, body })
    const whole =
      this.#ports.stage.pacer.instant || !reply.streamed ? atOnce(reply, http) : undefined
    if (whole !== undefined && !this.#socket.writableNeedDrain) {
      this.#socket.write(whole)
      request.chunksWritten = reply.steps.length
      log.close(request, 'complete')
      if (http.keepsAlive) return false
      this.#isAnswering = true
      this.#socket.end()
      return true
    }
    this.#isAnswering = true
    void this.#answerSlowly(http, reply, request)
    return true
  }

  async #answerSlowly(http: HttpRequest, reply: Reply, request: OpenRequest): Promise<void> {
    const gone = new AbortController()
    this.#current = { request, gone }
    try {
      await this.#play(http, reply, request, { ...this.#ports.stage, signal: gone.signal })
    } catch (error) {
      if (gone.signal.aborted) return
      this.#finish(request, 'cut')
      await this.#breakOff(error)
      return
    }
    this.#finish(request, 'complete')
    if (!http.keepsAlive) {
      this.#socket.end()
      return
    }
    this.#isAnswering = false
    this.#bytesAhead = 0
    this.#answerAll()
  }

  #finish(request: OpenRequest, state: 'complete' | 'cut'): void {
    this.#current = undefined
    this.#ports.log.close(request, state)
  }

  async #play(http: HttpRequest, reply: Reply, request: OpenRequest, stage: Stage): Promise<void> {
    const socket = this.#socket
    await untilHead(reply, stage)
    socket.write(headText(reply, http))
    if (http.method !== 'HEAD') {
      for await (const piece of play(reply, stage)) {
        request.chunksWritten++
        if (reply.streamed) writeChunk(socket, piece)
        else socket.write(piece)
        if (socket.writableNeedDrain) {
          await waiting(stage.signal, (done) => {
            socket.once('drain', done)
            return () => socket.off('drain', done)
          })
        }
      }
      if (reply.streamed) socket.write('0\r\n\r\n')
    }
  }

  /** Ends the connection as the reply wants it, once what was written is out. */
  async #breakOff(error: unknown): Promise<void> {
    const socket = this.#socket
    if (!(error instanceof ConnectionLost) || error.ending !== 'reset') {
      socket.destroySoon()
      return
    }
    await new Promise<unknown>((resolve) => socket.write('', resolve))
    socket.resetAndDestroy()
  }
}

function headText(reply: Reply, http: HttpRequest): string {
  let text = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? 'Unknown'}\r\n`
  for (const [name, value] of wireHeaders(reply)) text += `${name}: ${value}\r\n`
  if (reply.streamed) text += 'transfer-encoding: chunked\r\n'
  if (!http.keepsAlive) text += 'connection: close\r\n'
  return `${text}\r\n`
}

/** The whole answer in one piece, or undefined when it is not text, waits, breaks off or is large. */
function atOnce(reply: Reply, http: HttpRequest): string | Uint8Array | undefined {
  if (reply.delayMs !== undefined || reply.silent !== undefined) return undefined
  if (reply.announcedBytes !== undefined) return undefined
  const pieces: string[] = []
  let length = 0
  for (const step of reply.steps) {
    if (!('send' in step) || typeof step.send !== 'string') return undefined
    length += step.send.length
    if (length > maxLengthAtOnce) return undefined
    pieces.push(step.send)
  }
  const head = headText(reply, http)
  if (http.method === 'HEAD') return head
  return reply.streamed ? chunkedAtOnce(head, pieces, length) : head + pieces.join('')
}

const sizeDigits = 6
const digits = Buffer.from('0123456789abcdef')
const [carriageReturn, lineFeed] = [0x0d, 0x0a]

/** Head and chunks, written straight into bytes: joining the texts first takes three times as long. */
function chunkedAtOnce(head: string, pieces: readonly string[], length: number): Uint8Array {
  // A UTF-16 unit is at most three bytes of UTF-8.
  const bytes = Buffer.allocUnsafe(
    3 * (head.length + length) + pieces.length * (sizeDigits + 4) + 5,
  )
  let at = bytes.write(head, 0)
  for (const piece of pieces) {
    const size = bytes.write(piece, at + sizeDigits + 2)
    if (size === 0) continue
    // Zeros in front of a chunk's size are legal (RFC 9112, 7.1).
    for (let digit = sizeDigits - 1, rest = size; digit >= 0; digit--, rest >>= 4) {
      bytes[at + digit] = digits[rest & 15] ?? 0
    }
    at += sizeDigits
    bytes[at++] = carriageReturn
    bytes[at++] = lineFeed
    at += size
    bytes[at++] = carriageReturn
    bytes[at++] = lineFeed
  }
  at += bytes.write('0\r\n\r\n', at)
  return bytes.subarray(0, at)
}

/** One chunk of a chunked body (RFC 9112, 7.1). */
function writeChunk(socket: Socket, piece: string | Uint8Array): void {
  // An empty chunk would end the body.
  if (piece.length === 0) return
  socket.cork()
  socket.write(`${byteLength(piece).toString(16)}\r\n`)
  socket.write(piece)
  socket.write('\r\n')
  socket.uncork()
}
