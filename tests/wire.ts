// HTTP/1.1 byte by byte: for what no client library would send.
import { connect, type Socket } from 'node:net'

export interface WireResponse {
  status: number
  /** Names are lower-case. */
  headers: Record<string, string>
  body: string
}

/** One connection. */
export interface Wire {
  socket: Socket
  send(bytes: string | Uint8Array): void
  /** The next whole response; rejects when the connection ends before. `head`: it has no body. */
  response(options?: { head?: boolean }): Promise<WireResponse>
  /** Resolves when the connection is over, whoever ended it. */
  closed: Promise<void>
}

export function openWire(url: string): Wire {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let received = Buffer.alloc(0)
  let isOver = false
  let notify = () => {}
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes])
    notify()
  })
  // A reset is an end like any other; what came before it is what counts.
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isOver = true
      notify()
      resolve()
    })
  })
  return {
    socket,
    closed,
    send: (bytes) => void socket.write(bytes),
    async response({ head = false } = {}) {
      for (;;) {
        const read = readResponse(received, head, isOver)
        if (read) {
          received = received.subarray(read.length)
          if (read.response.status >= 200) return read.response
        } else if (isOver) {
          throw new Error(`The connection ended after: ${received.toString('latin1')}`)
        } else {
          await new Promise<void>((resolve) => {
            notify = resolve
          })
        }
      }
    },
  }
}

interface Read {
  response: WireResponse
  /** Bytes of it. */
  length: number
}

function readResponse(bytes: Buffer, isHead: boolean, isOver: boolean): Read | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const status = Number(statusLine.split(' ')[1])
  const start = headEnd + 4
  const found = (body: string, end: number): Read => ({
    response: { status, headers, body },
    length: end,
  })
  if (isHead || status < 200 || status === 204) return found('', start)
  if (headers['transfer-encoding'] === 'chunked') {
    const chunked = readChunks(bytes, start)
    return chunked && found(chunked.body.toString(), chunked.end)
  }
  const length = headers['content-length']
  if (length === undefined) {
    return isOver ? found(bytes.subarray(start).toString(), bytes.length) : undefined
  }
  const end = start + Number(length)
  return bytes.length < end ? undefined : found(bytes.subarray(start, end).toString(), end)
}

function readChunks(bytes: Buffer, start: number): { body: Buffer; end: number } | undefined {
  const chunks: Buffer[] = []
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
    const next = lineEnd + 2 + size + 2
    if (bytes.length < next) return undefined
    if (size === 0) return { body: Buffer.concat(chunks), end: next }
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}
