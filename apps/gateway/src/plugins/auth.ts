import type { Socket } from 'node:net'
import {
  assertMayCallFrom,
  type CallerDirectory,
  digestApiKey,
  mayBeApiKey,
} from '@aigne-hub/identity'
import { type Caller, HubError, type InboundDialect } from '@aigne-hub/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AddHeaders } from '../surface.ts'

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
    /** The dialect of the body, where it is not its route's. */
    dialect: InboundDialect | null
  }
  interface FastifyContextConfig {
    /** Who may call: everybody, or holders of an API key. Every route says so; none is open by omission. */
    access?: 'public' | 'key'
    /** The dialect in which the route's errors are written; default: OpenAI's. */
    dialect?: InboundDialect
    /** Only the addresses that fit its pattern and end in one of these are the route's. */
    endings?: readonly string[]
    /** What the vendor's own replies carry besides. */
    addHeaders?: AddHeaders
  }
}

/** Decided on the headers alone, before any byte of a body is read. */
export function registerAuth(app: FastifyInstance, directory: () => CallerDirectory): void {
  app.decorateRequest('caller', null)
  app.decorateRequest('dialect', null)
  const digestOf = createKeyDigest()

  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined) {
      throw new TypeError(`The route ${String(method)} ${url} does not say who may call it.`)
    }
  })

  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.access !== 'key') return done()
    const caller = authenticate(request, digestOf(request), directory())
    if (caller instanceof HubError) return done(caller)
    request.caller = caller
    done()
  })
}

/** The key of OpenAI's, Anthropic's and Google's clients, wherever each of them puts it. */
function presentedKey({ headers }: FastifyRequest): string | undefined {
  const { authorization, 'x-api-key': apiKey, 'x-goog-api-key': googleKey } = headers
  // Another scheme may be there for a proxy on the way.
  const bearer = authorization && bearerIn(authorization)
  const key = bearer || (apiKey ?? googleKey)
  return typeof key === 'string' && key !== '' ? key : undefined
}

function bearerIn(authorization: string): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1]
}

/**
 * The digest of the key that a request shows: undefined without a key, empty for what can be none. A
 * connection mostly shows the same key again, and comparing it costs a tenth of hashing it.
 */
function createKeyDigest(): (request: FastifyRequest) => string | undefined {
  const lastShown = new WeakMap<Socket, { header: string; digest: string }>()
  return (request) => {
    const { authorization } = request.headers
    const known = lastShown.get(request.raw.socket)
    if (known !== undefined && known.header === authorization) return known.digest
    const key = presentedKey(request)
    if (key === undefined) return undefined
    const digest = mayBeApiKey(key) ? digestApiKey(key) : ''
    if (authorization && bearerIn(authorization) === key) {
      lastShown.set(request.raw.socket, { header: authorization, digest })
    }
    return digest
  }
}

/** Where the caller is. A connection with one address at both ends never left this machine. */
function addressOf({ raw: { socket } }: FastifyRequest): string | undefined {
  return socket.remoteAddress === socket.localAddress ? '127.0.0.1' : socket.remoteAddress
}

function authenticate(
  request: FastifyRequest,
  digest: string | undefined,
  directory: CallerDirectory,
): Caller | HubError {
  if (digest === undefined) {
    return new HubError(
      'invalid_api_key',
      'No API key was sent. Send the header "authorization: Bearer YOUR_KEY".',
    )
  }
  const caller = directory.find(digest)
  if (!caller) {
    return new HubError(
      'invalid_api_key',
      'This API key is not valid here: it is unknown, disabled or expired. Check it for missing characters, or ask the operator for a new one.',
    )
  }
  if (!caller.loopbackOnly) return caller
  try {
    assertMayCallFrom(caller, addressOf(request))
    return caller
  } catch (error) {
    return error as HubError
  }
}

/** Who is asking, on a route whose access is `key`. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new TypeError(`${request.routeOptions.url} is open to everybody.`)
  return request.caller
}
