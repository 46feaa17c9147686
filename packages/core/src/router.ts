import {
  asHubError,
  CallAbort,
  type Caller,
  type CallSignal,
  type Headers,
  HubError,
  type InboundDialect,
  type JsonBody,
  type Operation,
  readJsonBody,
  systemClock,
  type Target,
} from '@aigne-hub/protocol'
import { type Attempt, givenUp, startAttempt } from './attempt.ts'
import { within } from './deadline.ts'
import { chooseLane, type Lane } from './lane.ts'
import { type Deadlines, defaultDeadlines, type RouterPorts } from './ports.ts'
import { failedStream, relayLate, relayStream, type StreamBody } from './relay.ts'
import { CallLog, type RequestRecord } from './request-record.ts'
import { maxNameLength, type Resolution, resolveModel } from './resolve-model.ts'
import { planRoute } from './route-plan.ts'

/** One call as it arrived. Only the dialect and the body are always needed. */
export interface Call<O extends Operation = Operation> {
  /** How the caller speaks, and so which operation it asks for. */
  dialect: InboundDialect<O>
  /** Bytes as received, or a body read already. */
  body: Uint8Array | JsonBody
  /** Lower-case names. */
  headers?: Headers
  /** Default: an embedder's own calls. */
  caller?: Caller
  requestId?: string
  /** Aborted when the caller hangs up, or with a `HubError` that the caller is to be told. */
  signal?: CallSignal
}

/** What the caller gets. Leaving a streamed body early closes the connection to the provider. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: Uint8Array | string | AsyncIterable<Uint8Array | string>
}

export interface Router {
  /**
   * Sends a call to the model it names and answers in the caller's dialect. Everything that fails
   * before the first byte fails here; after it, a stream carries its own error.
   * @throws HubError whatever went wrong, with every try in `attempts`.
   */
  route<O extends Operation>(call: Call<O>): Promise<Reply>
}

const embedder: Caller = { keyId: 'embedded', keyName: 'embedded', accountId: 'system' }
const neverAborted: CallSignal = new CallAbort()

/** The router. Its `serve` is the path of a request, top to bottom. */
export function createRouter(ports: RouterPorts): Router {
  const { transport, recorder, clock = systemClock, mayUseModel = () => true } = ports
  const given = ports.catalogue
  const catalogue = typeof given === 'function' ? given : () => given
  const deadlines: Deadlines = { ...defaultDeadlines, ...ports.deadlines }

  /** The path of a request, top to bottom. Everything before sending is synchronous. */
  async function serve<O extends Operation>(call: FullCall<O>, log: CallLog): Promise<Reply> {
    const { dialect, caller, signal, requestId } = call
    const body = call.body instanceof Uint8Array ? readJsonBody(call.body) : call.body
    const request = dialect.readRequest(body, call.headers)
    const stream = 'stream' in request && request.stream !== undefined
    log.record.requestedModel = request.model.slice(0, maxNameLength)
    log.record.stream = stream

    const mayUse = (name: string) => mayUseModel(caller, name)
    const resolution = resolveModel(request.model, dialect.operation, catalogue(), mayUse)
    const plan = planRoute(onlyAllowed(resolution, caller, mayUse), dialect.operation)
    const [target] = plan.targets
    const lane = chooseLane({ inbound: dialect, body, request, requestId }, target)
    noteSending(log.record, target, lane)

    const sending = { operation: dialect.operation, stream, signal }
    const { attempt, close } = startAttempt(target, lane, sending, { transport, clock, deadlines })
    const replying = attempt.then((over) => replyWith(over, log))
    if (!stream) return replying
    return orKeepAlive(replying, {
      wait: (opening) => within(clock, deadlines.keepAliveMs, opening),
      writeFailure: (error) => dialect.streamWriter?.({ request, requestId }).fail(error) ?? '',
      giveUp: () => close(givenUp()),
    })
  }

  return {
    async route(call) {
      const full = withDefaults(call)
      const log = new CallLog(full, clock, recorder)
      try {
        return await serve(full, log)
      } catch (thrown) {
        throw await settleFailure(thrown, log)
      }
    },
  }
}

type FullCall<O extends Operation> = Required<Call<O>>

function withDefaults<O extends Operation>(call: Call<O>): FullCall<O> {
  return {
    dialect: call.dialect,
    body: call.body,
    headers: call.headers ?? {},
    caller: call.caller ?? embedder,
    requestId: call.requestId ?? globalThis.crypto.randomUUID(),
    signal: call.signal ?? neverAborted,
  }
}

/** The candidates the caller may use, by alias or by name. */
function onlyAllowed(
  resolution: Resolution,
  caller: Caller,
  mayUse: (name: string) => boolean,
): Resolution {
  if (resolution.isAlias && mayUse(resolution.name)) return resolution
  const candidates = resolution.candidates.filter(({ provider, model }) =>
    mayUse(`${provider.adapter.id}/${model.id}`),
  )
  if (candidates.length > 0) return { ...resolution, candidates }
  throw new HubError(
    'permission_denied',
    `The API key "${caller.keyName}" may not use the model "${resolution.name}". Choose one that GET /v1/models lists, or ask the operator for access.`,
    { param: 'model' },
  )
}

function noteSending(record: RequestRecord, target: Target, lane: Lane): void {
  record.provider = target.provider.id
  record.model = target.model.id
  record.credentialId = target.credential.id
  record.lane = lane.kind
  record.dropped = lane.wire.dropped
}

async function settleFailure(thrown: unknown, log: CallLog): Promise<HubError> {
  const error = asHubError(thrown)
  if (log.settled) return error
  error.attempts = log.record.attempts
  // What went wrong matters more to the caller than that it could not be written down.
  await log.settle({ error }).catch(() => {})
  return error
}

async function replyWith({ result, summary }: Attempt, log: CallLog): Promise<Reply> {
  log.record.attempts = [summary]
  if (result instanceof HubError) throw await settleFailure(result, log)
  if (result.kind === 'whole') {
    await log.settle({ usage: result.usage })
    return { status: 200, headers: replyHeaders(log, 'application/json'), body: result.body }
  }
  log.record.firstEventMs = Math.round(log.elapsedMs())
  return {
    status: 200,
    headers: Object.assign(replyHeaders(log, streamHeaders['content-type']), streamHeaders),
    body: relayStream(result.stream, (outcome) => log.settle(outcome)),
  }
}

/** The reply, or a stream of comments that becomes the reply when that takes too long. */
async function orKeepAlive(
  replying: Promise<Reply>,
  late: {
    /** Undefined when it has taken long enough for a sign of life. */
    wait: <T>(opening: Promise<T>) => Promise<T | undefined>
    writeFailure(error: HubError): string
    giveUp(): void
  },
): Promise<Reply> {
  const reply = await late.wait(replying)
  if (reply) return reply
  const opening = replying.then(
    ({ body }) => body as StreamBody,
    (thrown) => failedStream(late.writeFailure(asHubError(thrown))),
  )
  const body = relayLate(opening, late.wait, late.giveUp)
  return { status: 200, headers: { ...streamHeaders }, body }
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  // nginx would otherwise collect the events before it passes them on.
  'x-accel-buffering': 'no',
}

function replyHeaders(log: CallLog, contentType: string): Record<string, string> {
  const { provider, attempts, dropped } = log.record
  let upstreamMs = 0
  for (const { durationMs } of attempts) upstreamMs += durationMs
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-hub-provider': provider ?? '',
    'x-hub-attempts': String(attempts.length),
    'server-timing': `total;dur=${log.elapsedMs().toFixed(1)}, upstream;dur=${upstreamMs}`,
  }
  if (dropped.length > 0) headers['x-hub-dropped-params'] = dropped.join(', ')
  return headers
}
