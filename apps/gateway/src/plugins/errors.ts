import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { openAiChat } from '@aigne-hub/dialects'
import { asHubError, type ErrorCode, HubError } from '@aigne-hub/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { errorFields } from '../log.ts'

/** Errors that Fastify raises before a route of ours runs. */
const frameworkCodes: Record<string, ErrorCode> = {
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_ASYNC_CONSTRAINT: 'invalid_request',
  FST_ERR_MAX_PARAM_LENGTH: 'invalid_request',
}

function toHubError(error: unknown): HubError {
  if (error instanceof HubError) return error
  const code = frameworkCodes[(error as { code?: string }).code ?? '']
  if (!code) return asHubError(error)
  return new HubError(code, 'The address of this request is malformed.', { cause: error })
}

/** `retry-after` in whole seconds, and what the SDKs need to know about trying again. */
function retryHeaders(error: HubError): Record<string, string> {
  const headers: Record<string, string> = {}
  if (error.retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1000))
  }
  // Without it the SDKs send every 409, 429 and 5xx twice more.
  if (!error.retryable && error.status >= 409) headers['x-should-retry'] = 'false'
  return headers
}

export function sendError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = toHubError(thrown)
  const dialect = request.routeOptions.config?.dialect ?? openAiChat
  const last = error.attempts.at(-1)
  if (last) {
    reply.header('x-hub-provider', last.provider)
    reply.header('x-hub-attempts', String(error.attempts.length))
  }
  return reply
    .code(error.status)
    .headers(retryHeaders(error))
    .header('content-type', 'application/json')
    .send(dialect.writeError(error, request.id))
}

export function registerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = toHubError(thrown)
    if (error.status >= 500) log.error(errorFields(error, request), 'request failed')
    else log.debug(errorFields(error, request), 'request refused')
    return sendError(error, request, reply)
  })

  const methodsOf = new Map<string, string[]>()
  app.addHook('onRoute', ({ method, url }) => {
    methodsOf.set(url, [...(methodsOf.get(url) ?? []), ...[method].flat()])
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] as string
    const methods = methodsOf.get(path)
    if (methods) {
      reply.header('allow', methods.join(', '))
      const message = `${path} does not take ${request.method}. Use ${methods.join(' or ')}.`
      return sendError(new HubError('method_not_allowed', message), request, reply)
    }
    const message = `There is nothing at ${request.method} ${path.slice(0, 200)}. Check the base URL of your client: it ends in /v1.`
    return sendError(new HubError('unknown_url', message), request, reply)
  })
}

/** What cannot even be read as HTTP never becomes a request: it is answered on the bare socket. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [code, message]: [ErrorCode, string] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['headers_too_large', 'The request headers are larger than 16 KiB. Send less.']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['request_timeout', 'The request took too long to arrive. Send it again.']
        : ['invalid_request', 'This is not a well-formed HTTP request.']
  const refusal = new HubError(code, message)
  const requestId = globalThis.crypto.randomUUID()
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
}
