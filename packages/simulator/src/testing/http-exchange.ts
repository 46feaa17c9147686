import { request } from 'node:http'

export interface Exchange {
  /** Undefined when there was no status line. */
  status: number | undefined
  headers: Record<string, string | string[] | undefined>
  /** As the parser hands them over: one for each chunk of a chunked body. */
  chunks: Buffer[]
  /** Node's code for what went wrong. */
  error: string | undefined
}

export interface ExchangeOptions {
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: unknown
  /** Hangs up when this many bytes of the body have come; 0: as soon as the request is on its way. */
  hangUpAfterBytes?: number
}

/** One request through Node's own HTTP client, over a connection of its own. */
export function exchange(url: string, options: ExchangeOptions = {}): Promise<Exchange> {
  const { method = 'POST', path = '/v1/chat/completions', headers = {}, body } = options
  const { hangUpAfterBytes } = options
  return new Promise((resolve) => {
    const result: Exchange = { status: undefined, headers: {}, chunks: [], error: undefined }
    const fail = (error: NodeJS.ErrnoException) => {
      result.error ??= error.code ?? error.message
    }
    const sent = request(url + path, {
      method,
      agent: false,
      maxHeaderSize: 128 * 1024,
      headers: { 'content-type': 'application/json', ...headers },
    })
    let receivedBytes = 0
    sent.on('response', (response) => {
      result.status = response.statusCode
      result.headers = response.headers
      response.on('error', fail)
      response.on('data', (chunk: Buffer) => {
        result.chunks.push(chunk)
        receivedBytes += chunk.length
        if (hangUpAfterBytes !== undefined && receivedBytes >= hangUpAfterBytes) sent.destroy()
      })
    })
    sent.on('error', fail)
    sent.on('close', () => resolve(result))
    sent.end(body === undefined ? undefined : JSON.stringify(body), () => {
      if (hangUpAfterBytes === 0) sent.destroy()
    })
  })
}

export function textOf({ chunks }: Exchange): string {
  return Buffer.concat(chunks).toString()
}
