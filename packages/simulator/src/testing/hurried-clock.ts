import type { Clock } from '../clock.ts'

/** A clock whose waits are over in the next turn of the event loop; it adds up how long they were. */
export function hurriedClock(startMs = Date.UTC(2026, 10, 20)) {
  let nowMs = startMs
  const clock: Clock = {
    now: () => nowMs,
    after(ms, run) {
      const timer = setImmediate(() => {
        nowMs += ms
        run()
      })
      return () => clearImmediate(timer)
    },
  }
  return { clock, waitedMs: () => nowMs - startMs }
}
