/** Time as an argument: tests hand in one that stands still. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Milliseconds since some fixed moment, never going back; with fractions. */
  elapsed(): number
  /** Calls `run` once after `ms`; the answer cancels it. */
  after(ms: number, run: () => void): () => void
}

/** The host's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
