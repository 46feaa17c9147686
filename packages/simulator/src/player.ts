import type { Clock } from './clock.ts'
import { type Pacer, waiting } from './pace.ts'
import type { Ending, Reply } from './reply.ts'

/** The connection is gone before the answer is complete. What `send` and its body reject with. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  /** Node's own code for it. */
  readonly code = 'ECONNRESET'
  readonly ending: Ending

  constructor(ending: Ending) {
    super(
      ending === 'reset'
        ? 'The simulated provider reset the connection.'
        : 'The simulated provider closed the connection before its answer was complete.',
    )
    this.ending = ending
  }
}

export interface Stage {
  pacer: Pacer
  clock: Clock
  /** Aborted when the client has gone. */
  signal: AbortSignal
}

const never = () => () => {}

/** Ends as `ending` says. @throws ConnectionLost, or the signal's reason after hanging. */
async function endWith(ending: Ending, signal: AbortSignal): Promise<never> {
  if (ending === 'hang') await waiting(signal, never)
  throw new ConnectionLost(ending)
}

/** Waits until the head may go. @throws ConnectionLost when there will be none. */
export async function untilHead(reply: Reply, { clock, signal }: Stage): Promise<void> {
  const { delayMs, silent } = reply
  if (delayMs !== undefined) await waiting(signal, (done) => clock.after(delayMs, done))
  if (silent !== undefined) await endWith(silent, signal)
}

/**
 * The body's pieces, each when its time has come.
 * @throws ConnectionLost where the reply says so; the signal's reason as soon as it is aborted.
 */
export async function* play(reply: Reply, stage: Stage): AsyncGenerator<string | Uint8Array, void> {
  const { pacer, clock, signal } = stage
  for (const step of reply.steps) {
    if ('send' in step) {
      const turn = reply.streamed ? pacer.turn(step.tokens ?? 0, signal) : undefined
      if (turn !== undefined) await turn
      signal.throwIfAborted()
      yield step.send
    } else if ('waitMs' in step) {
      await waiting(signal, (done) => clock.after(step.waitMs, done))
    } else {
      await endWith(step.ending, signal)
    }
  }
  signal.throwIfAborted()
}
