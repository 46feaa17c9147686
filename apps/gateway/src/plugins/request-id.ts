import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    arrivedAt: number
  }
}

// The same for every request of a millisecond.
let lastMs = -1
let timePart = ''

/**
 * An id for a request: `req_` and a UUIDv7 (RFC 9562, 5.7), so that ids sort by the millisecond of arrival.
 * `randomUUIDv7` of `node:crypto` is there from Node 24.16 on only.
 */
export function newRequestId(): string {
  const now = Date.now()
  if (now !== lastMs) {
    const time = now.toString(16).padStart(12, '0')
    lastMs = now
    timePart = `req_${time.slice(0, 8)}-${time.slice(8)}-7`
  }
  // A UUIDv4 with its first 48 bits and its version replaced.
  return timePart + randomUUID().slice(15)
}

/** Every reply names the request, whatever becomes of it. */
export function registerRequestId(app: FastifyInstance): void {
  app.decorateRequest('arrivedAt', 0)
  app.addHook('onRequest', (request, reply, done) => {
    request.arrivedAt = performance.now()
    reply.header('x-request-id', request.id)
    done()
  })
}

/** Milliseconds since the request arrived, with fractions. */
export function elapsedMs(request: FastifyRequest): number {
  return performance.now() - request.arrivedAt
}
