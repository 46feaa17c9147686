import type { SimulatedModel } from './behaviour/models.ts'
import { type Clock, systemClock } from './clock.ts'
import type { FaultName } from './faults.ts'
import { createSend, type Send } from './in-process.ts'
import { createPacer, type Pace } from './pace.ts'
import type { ConnectionLost } from './player.ts'
import { createProvider } from './provider.ts'
import { type Counters, createRequestLog, type ReceivedRequest } from './request-log.ts'
import { type Listening, type ListenOptions, listen } from './server.ts'

export interface SimulatorOptions {
  /** Another seed, other answers. Default 0. */
  seed?: number
  clock?: Clock
  /** How fast streams go. Default `instant`. */
  pace?: Pace
  /** Keys that are accepted; anything else is 401. Default: any, and none. */
  requireKey?: string | readonly string[]
  /** Faults by model. A name that is no model yet becomes one: `chat` with that fault. */
  faults?: Readonly<Record<string, FaultName>>
  /** How many requests `requests` remembers, bodies included. Default 100. */
  keepRequests?: number
  /** What `send` and its body reject with when the connection is lost. Default: the error itself. */
  lost?: (error: ConnectionLost | RangeError) => unknown
}

export interface Simulator {
  /**
   * One request without a socket. Rejects with the signal's reason as soon as it is aborted, and where
   * the provider hangs up.
   */
  send: Send
  /** Answers on a port of this machine. */
  listen(options?: ListenOptions): Promise<Listening>
  /** What goes wrong with the next request, or with the next few in order (`none`: nothing). */
  script(fault: FaultName | readonly FaultName[]): void
  /** With `pace: 'manual'`: lets so many chunks go, in the order in which streams wait for them. */
  release(chunks?: number): void
  readonly models: readonly SimulatedModel[]
  /** What arrived lately, oldest first. */
  readonly requests: readonly ReceivedRequest[]
  readonly counters: Counters
  /** The oldest request that was not handed out here yet, or the next one to arrive. */
  nextRequest(): Promise<ReceivedRequest>
  /** The oldest request a client has left and that was not handed out here yet, or the next one. */
  nextAbort(): Promise<ReceivedRequest>
}

/** A fake AI provider. The same seed, clock and requests give the same bytes. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const {
    seed = 0,
    clock = systemClock,
    pace = 'instant',
    requireKey,
    keepRequests = 100,
  } = options
  const log = createRequestLog(keepRequests)
  const pacer = createPacer(pace, clock)
  const keys = requireKey === undefined ? undefined : [requireKey].flat()
  const provider = createProvider({ seed, clock, log, faults: options.faults ?? {}, keys })
  const stage = { pacer, clock }
  const lost = options.lost ?? ((error) => error)
  return {
    send: createSend({ provider, log, stage, lost }),
    listen: (listenOptions = {}) => listen(listenOptions, { provider, log, stage }),
    script: (fault) => provider.script([fault].flat()),
    release: (chunks = 1) => pacer.release(chunks),
    models: provider.behaviour.models,
    requests: log.recent,
    counters: log.counters,
    nextRequest: log.nextRequest,
    nextAbort: log.nextAbort,
  }
}
