import type { Clock } from './clock.ts'

/**
 * How fast streams go: `instant`; `manual`, where a test lets every chunk go with `release`; or as
 * fast as a model talks (30–60 tokens a second look real). Whole answers are never held back.
 */
export type Pace = 'instant' | 'manual' | { tokensPerSecond: number }

/** Starts something that calls `done` later; the answer cancels it. */
type Start = (done: () => void) => () => void

/** Waits, unless `signal` is aborted: then rejects with its reason at once. */
export function waiting(signal: AbortSignal, start: Start): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    let cancel = () => {}
    const onAbort = () => {
      cancel()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort)
    cancel = start(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
  })
}

export interface Pacer {
  readonly instant: boolean
  /** Resolves when the next chunk of a stream, worth so many tokens, may go; undefined = now. */
  turn(tokens: number, signal: AbortSignal): Promise<void> | undefined
  release(chunks: number): void
}

const instant: Pacer = { instant: true, turn: () => undefined, release() {} }

/** Chunks wait in line, over all streams, each for one permit. */
function manual(): Pacer {
  let permits = 0
  const line = new Set<() => void>()
  return {
    instant: false,
    turn(_tokens, signal) {
      if (permits > 0) {
        permits--
        return undefined
      }
      return waiting(signal, (done) => {
        line.add(done)
        return () => void line.delete(done)
      })
    },
    release(chunks) {
      permits += chunks
      for (const go of line) {
        if (permits <= 0) break
        permits--
        line.delete(go)
        go()
      }
    },
  }
}

function timed(tokensPerSecond: number, clock: Clock): Pacer {
  if (!(tokensPerSecond > 0)) throw new RangeError('tokensPerSecond must be above 0.')
  return {
    instant: false,
    turn(tokens, signal) {
      if (tokens === 0) return undefined
      return waiting(signal, (done) => clock.after((tokens * 1000) / tokensPerSecond, done))
    },
    release() {},
  }
}

export function createPacer(pace: Pace, clock: Clock): Pacer {
  if (pace === 'instant') return instant
  if (pace === 'manual') return manual()
  return timed(pace.tokensPerSecond, clock)
}
