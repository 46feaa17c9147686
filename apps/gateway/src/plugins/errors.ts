import type { OutgoingHttpHeaders } from 'node:http'
import { asHubError, type ErrorCode, HubError } from '@aigne-hub/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { dialectAt } from '../dialect-at.ts'
import { errorFields } from '../log.ts'
import { elapsedMs } from './request-id.ts'

const badAddress = [
  'invalid_request',
  'The address of this request is malformed. Mend it.',
] as const

/** Errors that Fastify raises before a route of ours runs. */
const frameworkErrors: Record<string, readonly [ErrorCode, string]> = {
  FST_ERR_BAD_URL: badAddress,
  FST_ERR_ASYNC_CONSTRAINT: badAddress,
  FST_ERR_MAX_PARAM_LENGTH: badAddress,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'The content type of this request is malformed. Send the header "content-type: application/json".',
  ],
}

function toHubError(error: unknown): HubError {
  if (error instanceof HubError) return error
  const known = frameworkErrors[(error as { code?: string }).code ?? '']
  return known ? new HubError(...known, { cause: error }) : asHubError(error)
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
  const { config } = request.routeOptions
  const dialect = request.dialect ?? config?.dialect ?? dialectAt(request)
  const vendorHeaders: OutgoingHttpHeaders = {}
  const took = elapsedMs(request)
  config?.addHeaders?.(vendorHeaders, { elapsedMs: took, requestId: request.id })
  const last = error.attempts.at(-1)
  if (last) reply.header('x-hub-provider', last.provider)
  return (
    reply
      .code(error.status)
      .headers(vendorHeaders)
      .headers(retryHeaders(error))
      .header('x-hub-attempts', String(error.attempts.length))
      .header('server-timing', `total;dur=${took.toFixed(1)}`)
      // Where Fastify refuses by itself no hook has set it.
      .header('x-request-id', request.id)
      .header('content-type', 'application/json')
      .send(dialect.writeError(error, request.id))
  )
}

export function registerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = toHubError(thrown)
    if (error.status >= 500) log.error(errorFields(error, request), 'request failed')
    else log.debug(errorFields(error, request), 'request refused')
    return sendError(error, request, reply)
  })

  const routes: { pattern: RegExp; methods: string[] }[] = []
  app.addHook('onRoute', ({ method, url, config }) => {
    const methods = [method].flat()
    const ends = config?.endings ?? ['']
    routes.push({ pattern: patternOf(url, ends), methods })
  })
  const methodsAt = (path: string) => [
    ...new Set(routes.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : []))),
  ]
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] as string
    const methods = methodsAt(path)
    if (methods.length > 0 && !methods.includes(request.method)) {
      reply.header('allow', methods.join(', '))
      const message = `${path.slice(0, 200)} does not take ${request.method}. Use ${methods.join(' or ')}.`
      return sendError(new HubError('method_not_allowed', message), request, reply)
    }
    const message = `There is nothing at ${request.method} ${path.slice(0, 200)}. Check the base URL of your client: OpenAI's ends in /v1, those of Anthropic and Google are the hub's address alone.`
    return sendError(new HubError('unknown_url', message), request, reply)
  })
}

/** The paths of a route: `:name` is one segment, `*` anything, and one of `endings` comes last. */
function patternOf(url: string, endings: readonly string[]): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  const path = escaped.replace(/:\w+/g, '[^/]+').replace('*', '.+')
  return new RegExp(`^${path}(?:${endings.join('|')})$`)
}
