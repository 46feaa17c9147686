import { type Clock, HubError } from '@aigne-hub/protocol'
import type { Deadlines } from './ports.ts'

/** Watches one call's time. One timer, however many chunks go by. */
export interface CallTimer {
  /** The first real event has come: from now on the provider's silences count. */
  streaming(): void
  /** The provider is asked for more. */
  wait(): void
  /** Its bytes have come. Until the next `wait` it is the caller who takes time. */
  touch(): void
  stop(): void
}

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`

/**
 * Calls `expire` once, with an `upstream_timeout`, when the call takes too long: until its first event
 * (streams only), while one chunk is waited for, or as a whole.
 */
export function startCallTimer(
  clock: Clock,
  limits: Deadlines,
  call: { provider: string; stream: boolean; reasoning: boolean; makesMedia: boolean },
  expire: (error: HubError) => void,
): CallTimer {
  const startedAt = clock.elapsed()
  const firstEventMs = call.reasoning ? limits.firstEventReasoningMs : limits.firstEventMs
  let phase: 'waiting' | 'streaming' = 'waiting'
  let waitingSince: number | undefined
  let cancel = () => {}

  const totalAt = startedAt + limits.totalMs

  /** When the limit of the present phase is reached: of the two, the earlier counts. */
  function phaseEndsAt(): number {
    if (!call.stream) return totalAt
    if (phase === 'waiting') return startedAt + firstEventMs
    return (waitingSince ?? clock.elapsed()) + limits.idleMs
  }

  function whatIsLate(phaseAt: number): string {
    if (totalAt <= phaseAt) return `did not finish within ${seconds(limits.totalMs)}`
    if (phase === 'waiting') return `did not begin to answer within ${seconds(firstEventMs)}`
    return `sent nothing for ${seconds(limits.idleMs)}`
  }

  function check(): void {
    const phaseAt = phaseEndsAt()
    const left = Math.min(phaseAt, totalAt) - clock.elapsed()
    if (left > 0) {
      cancel = clock.after(Math.ceil(left), check)
      return
    }
    const what = `${call.provider} ${whatIsLate(phaseAt)}.`
    // Nothing tells the provider that the same picture is wanted again.
    expire(
      call.makesMedia
        ? new HubError(
            'upstream_timeout',
            `${what} It may have made it, and billed it, all the same: do not simply try again.`,
            { retryable: false },
          )
        : new HubError('upstream_timeout', `${what} Try again, or choose another model.`),
    )
  }
  check()

  return {
    streaming() {
      phase = 'streaming'
      cancel()
      check()
    },
    wait() {
      waitingSince = clock.elapsed()
    },
    touch() {
      waitingSince = undefined
    },
    stop() {
      cancel()
    },
  }
}

/** What `promise` becomes, or undefined when that takes longer than `ms`. */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(undefined))
    promise.finally(cancel).then(resolve, reject)
  })
}
