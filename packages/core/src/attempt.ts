import {
  type AttemptSummary,
  asHubError,
  type Clock,
  type HubError,
  type Operation,
  type Target,
  type Transport,
  type TransportResponse,
  type Usage,
} from '@aigne-hub/protocol'
import { type CallTimer, startCallTimer } from './deadline.ts'
import type { Lane, StreamLane } from './lane.ts'
import type { Deadlines } from './ports.ts'

// What a whole answer, and the body of an error, may hold at most.
const maxAnswerBytes = 128 * 1024 * 1024
const maxErrorBytes = 1024 * 1024

/** What an attempt needs besides its target. */
export interface AttemptPorts {
  transport: Transport
  clock: Clock
  deadlines: Deadlines
}

/** The provider has answered; nothing has been sent to the caller yet. */
export type Answer =
  | { kind: 'whole'; body: Uint8Array | string; usage: Usage }
  | { kind: 'stream'; stream: OpenStream }

/** A stream whose first real event has come. */
export interface OpenStream {
  lane: StreamLane
  /** What came so far. */
  first: (Uint8Array | string)[]
  /** The rest of the provider's bytes. */
  rest: AsyncIterator<Uint8Array>
  /** The terminal frames, when all bytes have come already. */
  terminal: Uint8Array | string | undefined
  timer: CallTimer
  /** Closes the connection to the provider; also forgets the caller's signal. */
  close(reason?: HubError): void
}

/** One try that succeeded so far. */
export interface Attempt {
  answer: Answer
  summary: AttemptSummary
}

/**
 * Sends to one target. A stream is read until its first real event, so that every failure before it
 * can still go to another target or be told with a status of its own.
 * @throws HubError with this try in `attempts`.
 */
export async function attemptTarget(
  target: Target,
  lane: Lane,
  call: { operation: Operation; stream: boolean; signal: AbortSignal },
  ports: AttemptPorts,
): Promise<Attempt> {
  const { clock } = ports
  const startedAt = clock.elapsed()
  const connection = openConnection(target, call, ports)
  let status: number | undefined
  const summarise = (error?: HubError): AttemptSummary => ({
    provider: target.provider.id,
    model: target.model.id,
    credential: target.credential.name,
    ...(status === undefined ? {} : { status }),
    ...(error ? { code: error.code } : {}),
    durationMs: Math.round(clock.elapsed() - startedAt),
  })
  try {
    const response = await send(target, lane, connection.signal, ports.transport)
    status = response.status
    if (status < 200 || status > 299) {
      throw await readError(target, call.operation, response)
    }
    if (!call.stream) {
      const answer = lane.whole(await response.body.bytes(maxAnswerBytes))
      connection.close()
      return { answer: { kind: 'whole', ...answer }, summary: summarise() }
    }
    const stream = await openStream(lane.stream(), response, connection)
    return { answer: { kind: 'stream', stream }, summary: summarise() }
  } catch (thrown) {
    const error = asHubError(thrown)
    connection.close(error)
    error.attempts = [...error.attempts, summarise(error)]
    throw error
  }
}

interface Connection {
  signal: AbortSignal
  timer: CallTimer
  close(reason?: HubError): void
}

/** One abort signal for the attempt: the caller hanging up, a deadline, or our own closing. */
function openConnection(
  target: Target,
  call: { stream: boolean; signal: AbortSignal },
  { clock, deadlines }: AttemptPorts,
): Connection {
  const controller = new AbortController()
  const hangUp = () => controller.abort(call.signal.reason)
  if (call.signal.aborted) hangUp()
  else call.signal.addEventListener('abort', hangUp, { once: true })
  const timer = startCallTimer(
    clock,
    deadlines,
    {
      provider: target.provider.name,
      stream: call.stream,
      reasoning: target.model.reasoning === true,
    },
    (error) => controller.abort(error),
  )
  return {
    signal: controller.signal,
    timer,
    close(reason) {
      timer.stop()
      call.signal.removeEventListener('abort', hangUp)
      if (reason) controller.abort(reason)
    },
  }
}

async function send(
  { provider, credential }: Target,
  { wire }: Lane,
  signal: AbortSignal,
  fallbackTransport: Transport,
): Promise<TransportResponse> {
  const signing = provider.sign(
    {
      method: 'POST',
      url: provider.baseUrl + wire.path,
      headers: { 'content-type': 'application/json', ...wire.headers },
      body: wire.body,
      allowPrivateNetwork: provider.allowPrivateNetwork === true,
    },
    credential.open(),
  )
  const request = signing instanceof Promise ? await signing : signing
  return (provider.transport ?? fallbackTransport).send(request, signal)
}

async function readError(
  { provider, model }: Target,
  operation: Operation,
  response: TransportResponse,
): Promise<HubError> {
  // A body that cannot be read leaves the status to speak for itself.
  const body = await response.body.bytes(maxErrorBytes).catch(() => new Uint8Array(0))
  const dialect = provider.dialects[operation]
  if (!dialect) throw new TypeError(`${provider.id} has no dialect for ${operation}.`)
  return dialect.readError(response.status, response.headers, body, {
    provider: provider.id,
    model: model.id,
    quirks: provider.quirks,
  })
}

async function openStream(
  lane: StreamLane,
  response: TransportResponse,
  { timer, close }: Connection,
): Promise<OpenStream> {
  const first: (Uint8Array | string)[] = []
  const rest = response.body[Symbol.asyncIterator]()
  let terminal: Uint8Array | string | undefined
  while (!lane.committed && !lane.error && terminal === undefined) {
    const { value, done } = await rest.next()
    timer.touch()
    if (done) terminal = lane.end()
    else {
      const out = lane.push(value)
      if (out.length > 0) first.push(out)
    }
  }
  // An error as the first event is a failed attempt. One that follows real events in the same chunk
  // is not: those events are the caller's.
  if (lane.error && !lane.committed) throw lane.error
  timer.streaming()
  return { lane, first, rest, terminal, timer, close }
}
