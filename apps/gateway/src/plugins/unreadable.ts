import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { openAiChat } from '@aigne-hub/dialects'
import { HubError } from '@aigne-hub/protocol'
import type { FastifyInstance } from 'fastify'
import { newRequestId } from './request-id.ts'

/** How long what still comes is thrown away: closing at once could cost the sender our answer. */
const lingerMs = 1_000

/** What Node would answer in words of its own, or not at all, is answered like everything else. */
export function registerUnreadable(app: FastifyInstance): void {
  app.server.on('checkExpectation', (request, response) => {
    // An expectation that we do not know may be ignored (RFC 9110, 10.1.1).
    app.server.emit('request', request, response)
  })
  app.addHook('onRequest', ({ raw }, reply, done) => {
    if (raw.headers.host !== undefined || raw.httpVersion === '1.0') return done()
    reply.header('connection', 'close')
    done(new HubError('invalid_request', 'The request has no host header. Send one.'))
  })
}

function refusalOf(code: string | undefined): HubError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HubError(
        'headers_too_large',
        'The request headers are larger than 16 KiB. Send less.',
      )
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HubError('request_timeout', 'The request took too long to arrive. Send it again.')
    default:
      return new HubError('invalid_request', 'This is not a well-formed HTTP request. Mend it.')
  }
}

/** What cannot even be read as HTTP never becomes a request: it is answered on the bare socket. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) {
    socket.destroy()
    return
  }
  // It has its answer.
  if (!socket.writable) return
  // Node's name for the response that has the socket: nothing may come between its bytes.
  const { _httpMessage: current } = socket as Socket & { _httpMessage?: ServerResponse | null }
  if (current?.headersSent) {
    current.once('finish', () => socket.destroySoon())
    return
  }
  const refusal = refusalOf(error.code)
  const requestId = newRequestId()
  const body = openAiChat.writeError(refusal, requestId)
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
  setTimeout(() => socket.destroy(), lingerMs).unref()
}
