import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { MemoryBudget, Router } from '@aigne-hub/core'
import {
  type CallAddress,
  type CallSignal,
  type Headers,
  HubError,
  type InboundDialect,
  type JsonBody,
  type Operation,
  readJsonBody,
} from '@aigne-hub/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CallsInFlight } from './calls-in-flight.ts'
import { isForm, readFormBody } from './form-body.ts'
import { jsonArrayStream } from './json-array-stream.ts'
import { LateFailures } from './late-failures.ts'
import { causeFields, type Logger } from './log.ts'
import { callerOf } from './plugins/auth.ts'
import { elapsedMs } from './plugins/request-id.ts'
import { readBody } from './request-body.ts'

/** One path of a surface: what is asked there, and in which dialect. */
export interface SurfaceRow<O extends Operation = Operation> {
  /** `*` stands for the model, which may hold slashes. */
  path: string
  operation: O
  dialect: InboundDialect<O>
  /** Bytes a request body may have. */
  maxBodyBytes: number
  /** The address, not the body, says that a stream is wanted. */
  streams?: boolean
  /** How the query wants its streams; default: server-sent events. */
  streamForm?: (query: Readonly<Record<string, unknown>>) => 'events' | 'jsonArray'
  /** Where several kinds of clients use one path: the dialect of a body, if it is not the row's. */
  dialectOf?: (body: JsonBody) => InboundDialect<O> | undefined
  /** Its clients resend a call that has no headers after a minute. */
  wantsEarlyHeaders?: boolean
  addHeaders?: AddHeaders
}

/** Adds what the vendor's own replies carry besides, to those of a call that took this long. */
export type AddHeaders = (
  headers: OutgoingHttpHeaders,
  call: { elapsedMs: number; requestId: string },
) => void

export interface SurfacePorts {
  router: Router
  memory: MemoryBudget
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
  const handling = { ...ports, failures: new LateFailures() }
  const patterns = new Map<string, SurfaceRow[]>()
  for (const row of rows) {
    const star = row.path.indexOf('*')
    const pattern = star < 0 ? row.path : row.path.slice(0, star + 1)
    patterns.set(pattern, [...(patterns.get(pattern) ?? []), row])
  }
  for (const [pattern, sharing] of patterns) {
    const [{ dialect, addHeaders }] = sharing as [SurfaceRow]
    const isShared = pattern.endsWith('*')
    const config = {
      access: 'key' as const,
      dialect,
      ...(isShared && { endings: sharing.map(endingOf) }),
      ...(addHeaders && { addHeaders }),
    }
    app.post(pattern, { config }, (request, reply) => {
      const asked = rowOf(sharing, request)
      if (!asked) return reply.callNotFound()
      return handle(asked.row, asked.address, request, reply, handling)
    })
  }
}

/** What stands behind the model. */
const endingOf = ({ path }: SurfaceRow) => path.slice(path.indexOf('*') + 1)

/**
 * Which of the rows that share a pattern is meant, and what the address says; undefined when it names
 * nothing to do with a model.
 * @throws HubError `unknown_url` when it names something else than the rows.
 */
function rowOf(
  sharing: readonly SurfaceRow[],
  { params, url }: FastifyRequest,
): { row: SurfaceRow; address: CallAddress } | undefined {
  const [only] = sharing
  const { '*': rest } = params as { '*'?: string }
  if (rest === undefined) return only && { row: only, address: {} }
  for (const row of sharing) {
    const suffix = endingOf(row)
    if (rest.endsWith(suffix) && rest.length > suffix.length) {
      const model = rest.slice(0, -suffix.length)
      return { row, address: { model, stream: row.streams === true } }
    }
  }
  if (!/:[a-zA-Z]+$/.test(rest)) return undefined
  const paths = sharing.map(({ path }) => path.replace('*', '{model}')).join(', ')
  const path = url.split('?')[0]?.slice(0, 200)
  throw new HubError('unknown_url', `There is nothing at POST ${path}. Use one of ${paths}.`)
}

async function handle(
  row: SurfaceRow,
  address: CallAddress,
  request: FastifyRequest,
  reply: FastifyReply,
  { router, memory, calls, log, failures }: SurfacePorts & { failures: LateFailures },
): Promise<FastifyReply> {
  const { raw } = reply
  const signal = calls.begin(request.raw.socket)
  raw.on('finish', () => signal.out())
  let heldBytes = 0
  try {
    const rules = { maxBytes: row.maxBodyBytes, takesForms: row.dialect.readForm !== undefined }
    const body = await readBody(request.raw, rules, memory, signal)
    heldBytes = body.length
    const caller = callerOf(request)
    const resent = row.wantsEarlyHeaders ? failures.of(caller.keyId, body) : undefined
    resent?.rethrow()
    const type = request.headers['content-type'] ?? ''
    const form = rules.takesForms && isForm(type) ? await readFormBody(body, type) : undefined
    const read = row.dialectOf ? readJsonBody(body) : undefined
    const dialect = (read && row.dialectOf?.(read)) ?? row.dialect
    if (dialect !== row.dialect) request.dialect = dialect
    const answer = await router.route({
      dialect,
      body: form ?? read ?? body,
      address,
      headers: request.headers as Headers,
      caller,
      requestId: request.id,
      signal,
      wantsEarlyHeaders: row.wantsEarlyHeaders === true,
    })
    // A stream goes on for minutes, and of a conversation little is needed any more; files stay.
    if (!form) {
      memory.release(heldBytes)
      heldBytes = 0
    }
    reply.hijack()
    const headers: OutgoingHttpHeaders = answer.headers
    headers['x-request-id'] = request.id
    row.addHeaders?.(headers, { elapsedMs: elapsedMs(request), requestId: request.id })
    if (typeof answer.body === 'string' || answer.body instanceof Uint8Array) {
      headers['content-length'] = Buffer.byteLength(answer.body)
      raw.writeHead(answer.status, headers).end(answer.body)
    } else {
      const inArray = row.streamForm?.(request.query as Record<string, unknown>) === 'jsonArray'
      if (inArray) headers['content-type'] = 'application/json'
      raw.writeHead(answer.status, headers)
      if (row.wantsEarlyHeaders) raw.flushHeaders()
      const stream = inArray ? jsonArrayStream(answer.body) : answer.body
      await writeStream(raw, stream, signal).catch((error) => {
        resent?.remember(error)
        throw error
      })
    }
    return reply
  } catch (error) {
    if (!reply.sent) throw error
    // Too late for an answer: a connection that breaks off cannot be taken for one.
    if (!signal.aborted) {
      log.error({ requestId: request.id, ...causeFields(error) }, 'answer broke off')
    }
    raw.destroy()
    return reply
  } finally {
    memory.release(heldBytes)
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
