import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Router } from '@aigne-hub/core'
import type { CallSignal, Headers, InboundDialect, Operation } from '@aigne-hub/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CallInFlight, CallsInFlight } from './calls-in-flight.ts'
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
  /** What the vendor's own replies carry besides, when the call has taken this long. */
  headers?: (elapsedMs: number) => Record<string, string>
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
  // Calls may be sent ahead on one connection, and each listens for its end.
  const liftCap = (socket: Socket) => socket.setMaxListeners(0)
  app.server.on('connection', liftCap).on('secureConnection', liftCap)
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
  const { signal, done } = followCall(request, reply, calls.begin())
  try {
    const body = await readBody(request.raw, row.maxBodyBytes, bodies, signal)
    const answer = await router
      .route({
        dialect: row.dialect,
        body,
        headers: request.headers as Headers,
        caller: callerOf(request),
        requestId: request.id,
        signal,
      })
      .finally(() => bodies.release(body.length))
    reply.hijack()
    const headers = reply.getHeaders() as OutgoingHttpHeaders
    Object.assign(headers, row.headers?.(elapsedMs(request)), answer.headers)
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
    done()
  }
}

/**
 * Ends the call when its handler is done and its answer is out, or nobody is there to take it. It is the
 * socket that tells of a hang-up: a response that still waits for an earlier one never hears of it.
 */
function followCall(request: FastifyRequest, { raw }: FastifyReply, call: CallInFlight) {
  const { socket } = request.raw
  let isHandled = false
  let isOut = false
  const onFinish = () => {
    socket.off('close', onClose)
    isOut = true
    if (isHandled) call.end()
  }
  const onClose = () => {
    raw.off('finish', onFinish)
    call.hangUp()
    isOut = true
    if (isHandled) call.end()
  }
  raw.once('finish', onFinish)
  socket.once('close', onClose)
  return {
    signal: call.signal,
    done() {
      isHandled = true
      if (isOut) call.end()
    },
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
