import type { Json } from './json.ts'

/** One request as it arrived, and what has become of it. */
export interface ReceivedRequest {
  /** Counts from 1. */
  readonly number: number
  readonly method: string
  /** With the query, without the origin. */
  readonly path: string
  /** Names are lower-case. */
  readonly headers: Readonly<Record<string, string>>
  /** Undefined when there was none, or none that is JSON. */
  readonly body: Json | undefined
  /** `aborted`: the client left before the end. `cut`: a fault ended it. */
  readonly state: 'open' | 'complete' | 'aborted' | 'cut'
  /** Chunks of the body handed over so far; a whole answer is one. */
  readonly chunksWritten: number
}

/** A request while it is being answered. */
export type OpenRequest = { -readonly [Key in keyof ReceivedRequest]: ReceivedRequest[Key] }

export interface Counters {
  readonly received: number
  /** Requests being answered now. */
  readonly open: number
  readonly complete: number
  readonly aborted: number
  readonly cut: number
  /** Sockets open now. */
  readonly connections: number
}

export interface RequestLog {
  readonly recent: readonly ReceivedRequest[]
  readonly counters: Counters
  nextRequest(): Promise<ReceivedRequest>
  nextAbort(): Promise<ReceivedRequest>
  open(arrived: Pick<ReceivedRequest, 'method' | 'path' | 'headers' | 'body'>): OpenRequest
  /** What happens after the first call for a request changes nothing. */
  close(request: OpenRequest, state: 'complete' | 'aborted' | 'cut'): void
  connected(): void
  disconnected(): void
}

/** Things that happened and nobody has asked for yet, in order; at most `limit`, then the oldest go. */
function createInbox<T>(limit: number) {
  const waiting: ((item: T) => void)[] = []
  const kept: T[] = []
  return {
    put(item: T): void {
      const taker = waiting.shift()
      if (taker) taker(item)
      else if (limit > 0 && kept.push(item) > limit) kept.shift()
    },
    next(): Promise<T> {
      const item = kept.shift()
      if (item !== undefined) return Promise.resolve(item)
      return new Promise((resolve) => waiting.push(resolve))
    },
  }
}

/** Remembers the last `keep` requests. */
export function createRequestLog(keep: number): RequestLog {
  const recent: ReceivedRequest[] = []
  const arrivals = createInbox<ReceivedRequest>(keep)
  const aborts = createInbox<ReceivedRequest>(keep)
  const counters = { received: 0, open: 0, complete: 0, aborted: 0, cut: 0, connections: 0 }
  return {
    recent,
    counters,
    nextRequest: arrivals.next,
    nextAbort: aborts.next,
    open({ method, path, headers, body }) {
      counters.received++
      counters.open++
      const request: OpenRequest = {
        number: counters.received,
        method,
        path,
        headers,
        body,
        state: 'open',
        chunksWritten: 0,
      }
      if (keep > 0 && recent.push(request) > keep) recent.shift()
      arrivals.put(request)
      return request
    },
    close(request, state) {
      if (request.state !== 'open') return
      request.state = state
      counters.open--
      counters[state]++
      if (state === 'aborted') aborts.put(request)
    },
    connected: () => void counters.connections++,
    disconnected: () => void counters.connections--,
  }
}
