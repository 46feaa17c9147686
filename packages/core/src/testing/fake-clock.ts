import type { Clock } from '@aigne-hub/protocol'

export interface FakeClock extends Clock {
  /** Lets time go by: what falls due on the way runs, in order. */
  advance(ms: number): void
  /** Lets time jump to the next timer whenever nothing else happens, until `work` is done. */
  during<T>(work: Promise<T>): Promise<T>
  /** Timers that are running. */
  readonly pending: number
}

/** Everything that can happen without time going by has happened. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A clock that stands still. */
export function fakeClock(startMs = Date.UTC(2026, 10, 20)): FakeClock {
  const timers = new Set<{ at: number; run: () => void }>()
  let elapsedMs = 0
  const nextDue = () => [...timers].sort((one, other) => one.at - other.at)[0]

  function advance(ms: number): void {
    const end = elapsedMs + ms
    for (let due = nextDue(); due && due.at <= end; due = nextDue()) {
      timers.delete(due)
      elapsedMs = due.at
      due.run()
    }
    elapsedMs = end
  }

  return {
    now: () => startMs + elapsedMs,
    elapsed: () => elapsedMs,
    after(ms, run) {
      const timer = { at: elapsedMs + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance,
    async during(work) {
      let isDone = false
      const done = () => {
        isDone = true
      }
      work.then(done, done)
      for (;;) {
        await quiet()
        if (isDone) return work
        const due = nextDue()
        if (due) advance(due.at - elapsedMs)
      }
    },
    get pending() {
      return timers.size
    },
  }
}
