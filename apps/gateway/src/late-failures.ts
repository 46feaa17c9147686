import { createHash } from 'node:crypto'
import { HubError } from '@aigne-hub/protocol'

/** How long the outcome of a call waits for the same call to be sent again. */
const keptMs = 60_000
const maxKept = 1000

/** Ends of a call that say nothing about the next one. */
const notAnOutcome: ReadonlySet<string> = new Set(['client_closed', 'shutting_down'])

/** One call's place among the failures. */
interface Resent {
  /** @throws HubError what became of the same call a moment ago. */
  rethrow(): void
  /** Keeps what the caller could not be told any more. */
  remember(error: unknown): void
}

/**
 * Failures that came after the headers had gone out: the connection broke off, and clients send the
 * same call again. They are told what happened instead of paying for it twice.
 */
export class LateFailures {
  readonly #kept = new Map<string, { error: HubError; until: number }>()

  /** The place of a call with this body by the holder of this key. */
  of(keyId: string, body: Uint8Array): Resent {
    // At once: the body is let go before it is known how the call ends.
    const id = createHash('sha256').update(keyId).update('\0').update(body).digest('base64')
    return {
      rethrow: () => {
        const found = this.#kept.get(id)
        if (!found) return
        this.#kept.delete(id)
        if (found.until > Date.now()) throw found.error
      },
      remember: (error) => {
        if (!(error instanceof HubError) || notAnOutcome.has(error.code)) return
        const [oldest] = this.#kept.keys()
        if (oldest !== undefined && this.#kept.size >= maxKept) this.#kept.delete(oldest)
        this.#kept.set(id, { error, until: Date.now() + keptMs })
      },
    }
  }
}
