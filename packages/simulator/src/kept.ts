import type { VideoQuestion } from './behaviour/video.ts'
import type { JsonObject } from './json.ts'

/** What a provider keeps between requests, by id; at most so many things, then the oldest go. */
export class Kept<T> {
  readonly #limit: number
  readonly #entries = new Map<string, T>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get(id: string): T | undefined {
    return this.#entries.get(id)
  }

  put(id: string, entry: T): void {
    this.#entries.set(id, entry)
    if (this.#entries.size <= this.#limit) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  /** False when there is no such thing. */
  delete(id: string): boolean {
    return this.#entries.delete(id)
  }

  /** Newest last. */
  all(): Iterable<T> {
    return this.#entries.values()
  }
}

/** A file that an answer links to. */
export interface KeptFile {
  contentType: string
  bytes: Uint8Array
  /** When the link stops working. */
  expiresMs: number
}

/** A video that is being made. */
export interface KeptJob {
  question: VideoQuestion
  /** As the request named it. */
  model: string
  createdMs: number
  /** How often it was asked about. */
  polls: number
}

/** A stored answer, with all that was said up to its end. */
export interface KeptResponse {
  response: JsonObject
  /** Items of the conversation: input and output, those of the responses before it included. */
  items: JsonObject[]
}
