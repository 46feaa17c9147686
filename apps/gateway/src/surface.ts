import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Reply, Router } from '@aigne-hub/core'
import type { CallSignal, Headers, InboundDialect, Operation } from '@aigne-hub/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CallsInFlight } from './calls-in-flight.ts'
import { causeFields, type Logger } from './log.ts'
import { callerOf } from './plugins/auth.ts'
import { elapsedMs } from './plugins/request-id.ts'
import { type BodyBudget, readBody } from './request-body.ts'

/** One path of a surface: what is asked there, and in which dialect. */
export interface SurfaceRow<O extends Operation = Operation> {
  path: string
  operation: O
  dialect: InboundDialect<O>
  /** Bytes a request body may have. */
  maxBodyBytes: number
  /** Adds what the vendor's own replies carry besides, to those of a call that took this long. */
  addHeaders?: (headers: OutgoingHttpHeaders, elapsedMs: number) => void
}

export interface SurfacePorts {
  router: Router
  bodies: BodyBudget
  calls: CallsInFlight
  log: Logger
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
  { router, bodies, calls, log }: SurfacePorts,
): Promise<FastifyReply> {
  const { raw } = reply
  const signal = calls.begin(request.raw.socket)
  raw.on('finish', () => signal.out())
  try {
    const body = await readBody(request.raw, row.maxBodyBytes, bodies, signal)
    let answer: Reply
    try {
      answer = await router.route({
        dialect: row.dialect,
        body,
        headers: request.headers as Headers,
        caller: callerOf(request),
        requestId: request.id,
        signal,
      })
    } finally {
      bodies.release(body.length)
    }
    reply.hijack()
    const headers: OutgoingHttpHeaders = answer.headers
    headers['x-request-id'] = request.id
    row.addHeaders?.(headers, elapsedMs(request))
    if (typeof answer.body === 'string' || answer.body instanceof Uint8Array) {
      headers['content-length'] = Buffer.byteLength(answer.body)
      raw.writeHead(answer.status, headers).end(answer.body)
    } else {
      raw.writeHead(answer.status, headers)
      await writeStream(raw, answer.body, signal)
    }
    return reply
  } catch (error) {
    if (!reply.sent) throw error
    // Too late for an answer: a connection that breaks off cannot be taken for one.
    log.error({ requestId: request.id, ...causeFields(error) }, 'answer broke off')
    raw.destroy()
    return reply
  } finally {
    signal.handled()
  }
}

/**
 * Writes as fast as the caller reads, so that nothing piles up. After a hang-up the body is still
 * pulled to its end: the router closes the provider's connection on the signal and ends it at once.
 */
async function writeStream(
  raw: ServerResponse,
  body: AsyncIterable<Uint8Array | string>,
  signal: CallSignal,
): Promise<void> {
  for await (const piece of body) {
    if (!raw.destroyed && !raw.write(piece) && !signal.aborted) await drained(raw, signal)
  }
  raw.end()
}

/** Resolves when there is room again, or nobody waits for the rest. */
function drained(raw: ServerResponse, signal: CallSignal): Promise<void> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => raw.destroy(), slowReaderMs)
    const done = () => {
      clearTimeout(giveUp)
      raw.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    raw.on('drain', done)
    signal.addEventListener('abort', done)
  })
}
