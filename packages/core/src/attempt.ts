import {
  type AttemptSummary,
  asHubError,
  CallAbort,
  type CallSignal,
  type Clock,
  HubError,
  type Operation,
  type Target,
  type Transport,
  type TransportResponse,
} from '@aigne-hub/protocol'
import { type CallTimer, startCallTimer } from './deadline.ts'
import type { Lane, StreamLane, WholeAnswer } from './lane.ts'
import type { Deadlines } from './ports.ts'
import { ProviderLine } from './provider-line.ts'
import { runExchange } from './run-exchange.ts'

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
type Answer = ({ kind: 'whole' } & WholeAnswer) | { kind: 'stream'; stream: OpenStream }

/** A stream whose first real event has come. */
export interface OpenStream {
  lane: StreamLane
  kind: StreamKind
  /** The provider's. */
  contentType: string | undefined
  /** What came so far. */
  first: (Uint8Array | string)[]
  /** The rest of the provider's bytes. */
  rest: AsyncIterator<Uint8Array>
  /** The terminal frames, once all bytes have come. */
  terminal: Uint8Array | string | undefined
  /** What ended the stream before its terminal frames. */
  error: HubError | undefined
  timer: CallTimer
  /** Closes the connection to the provider when there is a reason; also forgets the caller's signal. */
  close(reason?: HubError): void
}

/** One try that is over as far as other targets are concerned. */
export interface Attempt {
  result: Answer | HubError
  summary: AttemptSummary
}

/** Events say when they are complete. Bytes do not: they are when their connection ends as it should. */
export type StreamKind = 'events' | 'bytes'

/** What one try is asked for. */
interface AttemptCall {
  operation: Operation
  stream: boolean
  streamKind: StreamKind
  /** The caller's. */
  signal: CallSignal
}

/** Why a call was given up: its signal's own reason, or a caller who is gone. */
export function givenUp(signal?: CallSignal): HubError {
  if (signal?.reason instanceof HubError) return signal.reason
  return new HubError('client_closed', 'The caller hung up before the answer was complete.')
}

/**
 * Sends to one target. A stream is read until its first real event, so that every failure before it
 * can still go to another target or be told with a status of its own. `attempt` never rejects;
 * `close` gives the try up.
 */
export function startAttempt(
  target: Target,
  lane: Lane,
  call: AttemptCall,
  ports: AttemptPorts,
): { attempt: Promise<Attempt>; close(reason: HubError): void } {
  const connection = openConnection(target, call, ports)
  return { attempt: attemptOver(connection, target, lane, call, ports), close: connection.close }
}

async function attemptOver(
  connection: Connection,
  target: Target,
  lane: Lane,
  { stream, streamKind }: AttemptCall,
  { clock, transport }: AttemptPorts,
): Promise<Attempt> {
  const startedAt = clock.elapsed()
  let status: number | undefined
  const over = (result: Answer | HubError): Attempt => ({
    result,
    summary: {
      provider: target.provider.id,
      model: target.model.id,
      credential: target.credential.name,
      ...(status === undefined ? {} : { status }),
      ...(result instanceof HubError ? { code: result.code } : {}),
      durationMs: Math.round(clock.elapsed() - startedAt),
    },
  })
  try {
    const line = new ProviderLine(target, connection.signal, transport)
    if ('first' in lane) {
      const check = async (response: TransportResponse) => {
        status = response.status
        if (status < 200 || status > 299) throw await readError(lane, response)
      }
      const ports = { line, signal: connection.signal, clock, check }
      const answer = await runExchange(lane, ports)
      connection.close()
      return over({ kind: 'whole', ...answer })
    }
    const response = await line.send(lane.wire)
    status = response.status
    if (status < 200 || status > 299) throw await readError(lane, response)
    if (stream) {
      const opened = await openStream(lane.stream(), streamKind, response, connection)
      return over({ kind: 'stream', stream: opened })
    }
    const answer = lane.whole(await response.body.bytes(maxAnswerBytes), response.headers)
    connection.close()
    return over({ kind: 'whole', ...answer })
  } catch (thrown) {
    const error = asHubError(thrown)
    connection.close(error)
    return over(error)
  }
}

interface Connection {
  signal: CallSignal
  timer: CallTimer
  close(reason?: HubError): void
}

/** Whether its first token may take minutes. */
function startsSlowly({ provider, model }: Target): boolean {
  return model.reasoning === true || (model.quirks ?? provider.quirks).slowStart === true
}

/** One abort signal for the attempt: the caller hanging up, a deadline, or our own closing. */
function openConnection(
  target: Target,
  call: AttemptCall,
  { clock, deadlines }: AttemptPorts,
): Connection {
  const line = new CallAbort()
  const hangUp = () => line.abort(givenUp(call.signal))
  if (call.signal.aborted) hangUp()
  else call.signal.addEventListener('abort', hangUp)
  const timer = startCallTimer(
    clock,
    deadlines,
    {
      provider: target.provider.name,
      stream: call.stream,
      reasoning: startsSlowly(target),
      makesMedia: call.operation === 'images' || call.operation === 'video',
    },
    (error) => line.abort(error),
  )
  return {
    signal: line,
    timer,
    close(reason) {
      timer.stop()
      call.signal.removeEventListener('abort', hangUp)
      if (reason) line.abort(reason)
    },
  }
}

async function readError(lane: Lane, { status, headers, body }: TransportResponse) {
  // A body that cannot be read leaves the status to speak for itself.
  const bytes = await body.bytes(maxErrorBytes).catch(() => new Uint8Array(0))
  return lane.readError(status, headers, bytes)
}

async function openStream(
  lane: StreamLane,
  kind: StreamKind,
  response: TransportResponse,
  { timer, close }: Connection,
): Promise<OpenStream> {
  const rest = response.body[Symbol.asyncIterator]()
  const stream: OpenStream = {
    lane,
    kind,
    contentType: response.headers['content-type'],
    first: [],
    rest,
    terminal: undefined,
    error: undefined,
    timer,
    close,
  }
  while (!lane.committed && stream.terminal === undefined && !stream.error) {
    const piece = await readOn(stream)
    if (piece.length > 0) stream.first.push(piece)
  }
  // An error as the first event is a failed attempt. One that follows real events in the same chunk
  // is not: those events are the caller's.
  if (stream.error && !lane.committed) throw stream.error
  timer.streaming()
  return stream
}

/**
 * What the provider's next bytes give the caller, possibly nothing. The end of the stream is left in
 * `terminal` or in `error`.
 */
export async function readOn(stream: OpenStream): Promise<Uint8Array | string> {
  const { lane, rest, timer } = stream
  try {
    timer.wait()
    const { value, done } = await rest.next()
    timer.touch()
    if (done) return readEnd(stream)
    const piece = lane.push(value)
    stream.error = lane.error
    return piece
  } catch (thrown) {
    return readEnd(stream, asHubError(thrown))
  }
}

/**
 * The bytes have ended, or broken off. Events that are complete by then are none the worse for how the
 * provider hangs up; but when the caller did, it never had the end.
 */
function readEnd(stream: OpenStream, broken?: HubError): Uint8Array | string {
  const { lane, kind } = stream
  const last = lane.end()
  const isWhole = !broken || (kind === 'events' && broken.code !== 'client_closed')
  if (!lane.error && isWhole) {
    stream.terminal = last
    return ''
  }
  stream.error = broken ?? lane.error
  return lane.error ? last : ''
}
