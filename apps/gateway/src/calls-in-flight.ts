import { CallAbort, type CallSignal, HubError } from '@aigne-hub/protocol'

/** One call, from the arrival of its head until its answer is out and its handler done. */
export interface CallInFlight {
  /** Aborted when the caller hangs up, or with the `HubError` that the caller is to be told. */
  readonly signal: CallSignal
  hangUp(): void
  end(): void
}

/** The calls under way, so that a stop can wait for them. */
export interface CallsInFlight {
  readonly size: number
  begin(): CallInFlight
  /** Resolves as soon as there are none. */
  ended(): Promise<void>
  /** Ends all that are still under way: streams with a typed error, the others with a 503. */
  abandon(): void
}

export function createCallsInFlight(): CallsInFlight {
  const calls = new Set<CallAbort>()
  let waiting: (() => void)[] = []
  return {
    get size() {
      return calls.size
    },
    begin() {
      const call = new CallAbort()
      calls.add(call)
      return {
        signal: call,
        hangUp: () => call.abort(undefined),
        end() {
          calls.delete(call)
          if (calls.size > 0) return
          for (const resolve of waiting) resolve()
          waiting = []
        },
      }
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
