/** Time as an argument: tests hand in one that stands still. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Milliseconds since some fixed moment, never going back; with fractions. */
  elapsed(): number
  /** Calls `run` once after `ms`; the answer cancels it. */
  after(ms: number, run: () => void): () => void
}

/** What a timer can count, 24.8 days: one that is set to more runs at once. */
const longestMs = 2 ** 31 - 1

/** The host's own clock. A wait of more than 24.8 days, such as `Infinity`, lasts that long. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, longestMs))
    return () => clearTimeout(timer)
  },
}
