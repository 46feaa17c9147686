// HTTP/1.1 requests out of bytes, as far as clients of an API send them. Source: RFC 9112.
// Node's own server would do, but its answers are always well-formed, which faults are not.

export interface HttpRequest {
  method: string
  /** The request target: a path with its query. */
  target: string
  /** Names are lower-case; values of a repeated one are joined. */
  headers: Record<string, string>
  body: Buffer
  /** The client wants to send more over this connection. */
  keepsAlive: boolean
}

/** The bytes are no request; the connection cannot be used any further. */
export class BadHttp extends Error {
  override readonly name = 'BadHttp'
  readonly status: 400 | 413 | 431

  constructor(status: 400 | 413 | 431, message: string) {
    super(message)
    this.status = status
  }
}

const maxHeadBytes = 64 * 1024
const maxBodyBytes = 128 * 1024 * 1024
const maxLineBytes = 1024
const nothing = Buffer.alloc(0)
const blankLine = Buffer.from('\r\n\r\n')
const lineEnd = Buffer.from('\r\n')

/** `length`: that many bytes are missing. `size`, `data`, `trailer`: within a chunked body. */
type Expected = 'head' | 'length' | 'size' | 'data' | 'trailer'

export class HttpRequestReader {
  #held: Buffer = nothing
  #pieces: Buffer[] = []
  #pieceBytes = 0
  #expected: Expected = 'head'
  /** Bytes of the body, or of the chunk with its line end, that are still to come. */
  #missing = 0
  #request: HttpRequest | undefined
  /** A client waits for leave to send its body (RFC 9110, 10.1.1). */
  #awaitsContinue = false

  push(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
  }

  /** True once for a request that sent `Expect: 100-continue` and no body yet. */
  takeContinue(): boolean {
    const awaits = this.#awaitsContinue
    this.#awaitsContinue = false
    return awaits
  }

  /** The next whole request, or undefined until more bytes have come. @throws BadHttp */
  next(): HttpRequest | undefined {
    while (this.#step()) {
      if (this.#expected !== 'head' || !this.#request) continue
      const request = this.#request
      this.#request = undefined
      this.#awaitsContinue = false
      const [only] = this.#pieces
      request.body = only && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces)
      this.#pieces = []
      this.#pieceBytes = 0
      return request
    }
    return undefined
  }

  /** Reads as far as one thing goes; false when bytes are missing. */
  #step(): boolean {
    switch (this.#expected) {
      case 'head':
        return this.#readHead()
      case 'length':
        return this.#readLength()
      case 'size':
        return this.#readSize()
      case 'data':
        return this.#readData()
      case 'trailer':
        return this.#readTrailer()
    }
  }

  #readHead(): boolean {
    // Blank lines before a request line are skipped (RFC 9112, 2.2).
    let start = 0
    while (this.#held[start] === 0x0d || this.#held[start] === 0x0a) start++
    const end = this.#held.indexOf(blankLine, start)
    if (end < 0 || end - start > maxHeadBytes) {
      if (this.#held.length > maxHeadBytes) throw new BadHttp(431, 'The headers are too large.')
      return false
    }
    const request = readHead(this.#held.toString('latin1', start, end))
    this.#held = this.#held.subarray(end + blankLine.length)
    this.#request = request
    this.#startBody(request)
    return true
  }

  #startBody({ headers }: HttpRequest): void {
    const encoding = headers['transfer-encoding']
    const length = headers['content-length']
    if (encoding !== undefined) {
      if (encoding.toLowerCase() !== 'chunked') throw new BadHttp(400, 'Unknown transfer coding.')
      this.#expected = 'size'
    } else if (length !== undefined) {
      if (!/^\d{1,15}$/.test(length)) throw new BadHttp(400, 'Malformed Content-Length.')
      this.#missing = Number(length)
      if (this.#missing > maxBodyBytes) throw new BadHttp(413, 'The body is too large.')
      if (this.#missing > 0) this.#expected = 'length'
    }
    this.#awaitsContinue =
      this.#expected !== 'head' &&
      this.#held.length === 0 &&
      headers.expect?.toLowerCase() === '100-continue'
  }

  /** Moves up to `most` held bytes into the body. */
  #keep(most: number): number {
    const piece = this.#held.subarray(0, most)
    if (piece.length === 0) return 0
    this.#pieceBytes += piece.length
    if (this.#pieceBytes > maxBodyBytes) throw new BadHttp(413, 'The body is too large.')
    this.#pieces.push(piece)
    this.#held = this.#held.subarray(piece.length)
    return piece.length
  }

  #readLength(): boolean {
    this.#missing -= this.#keep(this.#missing)
    if (this.#missing > 0) return false
    this.#expected = 'head'
    return true
  }

  #readLine(): string | undefined {
    const end = this.#held.indexOf(lineEnd)
    if (end < 0) {
      if (this.#held.length > maxLineBytes) throw new BadHttp(400, 'A line is too long.')
      return undefined
    }
    const line = this.#held.toString('latin1', 0, end)
    this.#held = this.#held.subarray(end + lineEnd.length)
    return line
  }

  #readSize(): boolean {
    const line = this.#readLine()
    if (line === undefined) return false
    const size = /^([0-9a-f]{1,8})(?:\s*;.*)?$/i.exec(line)?.[1]
    if (size === undefined) throw new BadHttp(400, 'Malformed chunk size.')
    this.#missing = Number.parseInt(size, 16)
    this.#expected = this.#missing === 0 ? 'trailer' : 'data'
    return true
  }

  #readData(): boolean {
    this.#missing -= this.#keep(this.#missing)
    if (this.#missing > 0 || this.#held.length < lineEnd.length) return false
    if (this.#readLine() !== '') throw new BadHttp(400, 'A chunk is longer than its size.')
    this.#expected = 'size'
    return true
  }

  #readTrailer(): boolean {
    const line = this.#readLine()
    if (line === undefined) return false
    if (line === '') this.#expected = 'head'
    return true
  }
}

function readHead(head: string): HttpRequest {
  const lines = head.split('\r\n')
  const requestLine = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(lines[0] ?? '')
  if (!requestLine) throw new BadHttp(400, 'Malformed request line.')
  const headers: Record<string, string> = {}
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const colon = line.indexOf(':')
    if (colon < 1) throw new BadHttp(400, 'Malformed header.')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  const connection = headers.connection?.toLowerCase() ?? ''
  const [, method = '', target = '', minor] = requestLine
  return {
    method,
    target,
    headers,
    body: nothing,
    keepsAlive: minor === '1' && !connection.includes('close'),
  }
}
