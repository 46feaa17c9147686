import type { EventEmitter } from 'node:events'
import { CallAbort, HubError } from '@aigne-hub/protocol'

/**
 * One call, from the arrival of its head until its answer is out and its handler done. It is aborted
 * when the caller hangs up, or with the `HubError` that the caller is to be told.
 */
class CallInFlight extends CallAbort {
  readonly #end: (call: CallInFlight) => void
  #isHandled = false
  #isOut = false

  constructor(end: (call: CallInFlight) => void) {
    super()
    this.#end = end
  }

  /** Its handler is done. */
  handled(): void {
    this.#isHandled = true
    if (this.#isOut) this.#end(this)
  }

  /** Its answer has left, or nobody is there to take it. */
  out(): void {
    if (this.#isOut) return
    this.#isOut = true
    if (this.#isHandled) this.#end(this)
  }

  hangUp(): void {
    this.abort(undefined)
    this.out()
  }
}

/** The calls under way, so that a stop can wait for them. */
export interface CallsInFlight {
  readonly size: number
  /** A call over this connection. Its closing tells the call of a hang-up, also one that was sent ahead. */
  begin(connection: EventEmitter): CallInFlight
  /** Resolves as soon as there are none. */
  ended(): Promise<void>
  /** Ends all that are still under way: streams with a typed error, the others with a 503. */
  abandon(): void
}

export function createCallsInFlight(): CallsInFlight {
  const calls = new Set<CallInFlight>()
  // One listener a connection, however many calls it has had.
  const callsOver = new WeakMap<EventEmitter, CallInFlight[]>()
  let waiting: (() => void)[] = []

  function over(connection: EventEmitter): CallInFlight[] {
    const known = callsOver.get(connection)
    if (known) return known
    const open: CallInFlight[] = []
    callsOver.set(connection, open)
    connection.once('close', () => {
      for (const call of [...open]) call.hangUp()
    })
    return open
  }

  return {
    get size() {
      return calls.size
    },
    begin(connection) {
      const open = over(connection)
      const call = new CallInFlight((ended) => {
        open.splice(open.indexOf(ended), 1)
        calls.delete(ended)
        if (calls.size > 0) return
        for (const resolve of waiting) resolve()
        waiting = []
      })
      open.push(call)
      calls.add(call)
      return call
    },
    ended() {
      if (calls.size === 0) return Promise.resolve()
      return new Promise((resolve) => waiting.push(resolve))
    },
    abandon() {
      for (const call of calls) call.abort(shuttingDown())
    },
  }
}

export function shuttingDown(): HubError {
  return new HubError(
    'shutting_down',
    'The hub is restarting. Send the request again in a moment.',
    { retryAfterMs: 1000 },
  )
}
