export type AbortListener = (() => void) | { handleEvent(): void }

/** What the hub asks of an `AbortSignal`. A real one fits wherever this is wanted. */
export interface CallSignal {
  readonly aborted: boolean
  readonly reason: unknown
  /** @throws the reason, once aborted. */
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: AbortListener): void
  removeEventListener(type: 'abort', listener: AbortListener): void
}

/**
 * An abort controller and its signal in one, for calls that come and go thousands of times a second:
 * with Node's own pair the garbage of every call outlives it (measured at 32 connections: twice the
 * pauses for garbage collection, and a fifth of the CPU time of a call).
 */
export class CallAbort implements CallSignal {
  #aborted = false
  #reason: unknown
  #listeners: AbortListener[] = []

  get aborted(): boolean {
    return this.#aborted
  }

  get reason(): unknown {
    return this.#reason
  }

  /** Tells every listener, once. A second call does nothing. */
  abort(reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) {
      if (typeof listener === 'function') listener()
      else listener.handleEvent()
    }
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason
  }

  addEventListener(_type: 'abort', listener: AbortListener): void {
    if (!this.#aborted && !this.#listeners.includes(listener)) this.#listeners.push(listener)
  }

  removeEventListener(_type: 'abort', listener: AbortListener): void {
    const place = this.#listeners.indexOf(listener)
    if (place >= 0) this.#listeners.splice(place, 1)
  }
}
