import type { ServerResponse } from 'node:http'
import type { Router } from '@aigne-hub/core'
import { type Headers, HubError, type InboundDialect, type Operation } from '@aigne-hub/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from './plugins/auth.ts'
import { type BodyBudget, readBody } from './request-body.ts'

/** One path of a surface: what is asked there, and in which dialect. */
export interface SurfaceRow<O extends Operation = Operation> {
  path: string
  operation: O
  dialect: InboundDialect<O>
  /** Bytes a request body may have. */
  maxBodyBytes: number
}

/** Calls under way, so that a shutdown can tell those that do not finish in time. */
export type CallsInFlight = Set<AbortController>

export interface SurfacePorts {
  router: Router
  bodies: BodyBudget
  calls: CallsInFlight
}

/** A caller who takes nothing for this long has lost interest. */
const slowReaderMs = 60_000

/** Serves every row with the one handler: read → route → write. */
export function mountSurface(
  app: FastifyInstance,
  rows: readonly SurfaceRow[],
  ports: SurfacePorts,
): void {
  for (const row of rows) {
    app.post(row.path, { config: { access: 'key', dialect: row.dialect } }, (request, reply) =>
      handle(row, request, reply, ports),
    )
  }
}

async function handle(
  row: SurfaceRow,
  request: FastifyRequest,
  reply: FastifyReply,
  { router, bodies, calls }: SurfacePorts,
): Promise<FastifyReply> {
  const { raw } = reply
  const call = new AbortController()
  const onClose = () => {
    if (!raw.writableFinished) call.abort()
  }
  raw.once('close', onClose)
  calls.add(call)
  let body: Buffer | undefined
  try {
    body = await readBody(request.raw, row.maxBodyBytes, bodies)
    const answer = await router.route({
      dialect: row.dialect,
      body,
      headers: request.headers as Headers,
      caller: callerOf(request),
      requestId: request.id,
      signal: call.signal,
    })
    if (typeof answer.body === 'string' || answer.body instanceof Uint8Array) {
      return reply.code(answer.status).headers(answer.headers).send(answer.body)
    }
    reply.hijack()
    raw.writeHead(answer.status, { ...headersSoFar(reply), ...answer.headers })
    await writeStream(raw, answer.body)
    return reply
  } finally {
    calls.delete(call)
    if (body) bodies.release(body.length)
  }
}

function headersSoFar(reply: FastifyReply): Record<string, string> {
  return reply.getHeaders() as Record<string, string>
}

/**
 * Writes as fast as the caller reads, so that nothing piles up. After a hang-up the body is still
 * pulled to its end: the router closes the provider's connection on the signal and ends it at once.
 */
async function writeStream(
  raw: ServerResponse,
  body: AsyncIterable<Uint8Array | string>,
): Promise<void> {
  for await (const piece of body) {
    if (!raw.destroyed && !raw.write(piece)) await drained(raw)
  }
  raw.end()
}

function drained(raw: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => raw.destroy(), slowReaderMs)
    const done = () => {
      clearTimeout(giveUp)
      raw.off('drain', done).off('close', done)
      resolve()
    }
    raw.on('drain', done).on('close', done)
  })
}

/** Ends every call that is still under way: streams with a typed error, the others with a 503. */
export function abandonCalls(calls: CallsInFlight): void {
  for (const call of calls) {
    call.abort(
      new HubError('shutting_down', 'The hub is restarting. Send the request again in a moment.', {
        retryAfterMs: 1000,
      }),
    )
  }
}
