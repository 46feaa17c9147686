import type { Behaviour } from '../behaviour/index.ts'
import type { Json } from '../json.ts'
import type { Kept, KeptFile, KeptJob, KeptResponse } from '../kept.ts'
import type { Problem } from '../problem.ts'
import type { Random } from '../random.ts'
import type { Header, Reply } from '../reply.ts'

/** A request as a voice reads it. */
export interface VoiceRequest {
  method: string
  /** Without the mount and the query. */
  path: string
  /** As it arrived: with the mount and the query. Signatures cover it. */
  target: string
  /** Without its question mark; absent = none. */
  query?: string
  headers: Readonly<Record<string, string>>
  /** Undefined when there is none, or none that is JSON. */
  body: Json | undefined
  /** The body as it came. */
  bytes: Uint8Array
}

export interface VoiceContext {
  behaviour: Behaviour
  /** 24 letters and digits, the same in everything that answers one request. */
  requestId: string
  /** For ids: other numbers for every request. */
  random: Random
  nowMs: number
  /** Answers that were stored, by id. */
  kept: Kept<KeptResponse>
  /** What answers link to, by id. */
  files: Kept<KeptFile>
  /** Videos that are being made, by id. */
  jobs: Kept<KeptJob>
}

/**
 * A vendor's wire format. It reads requests into the behaviour's words and writes what the behaviour
 * answers; it decides nothing about content and knows nothing of faults.
 */
export interface Voice {
  /** The key a request shows, or undefined. */
  keyOf(headers: Readonly<Record<string, string>>, query?: string): string | undefined
  /** Whether this needs no key, as a link to a file does; absent = nothing. `path` is without the mount. */
  isOpen?(method: string, path: string): boolean
  /** Whether a key is good that is none of the listed ones, as an access token; absent = no. */
  accepts?(key: string, nowMs: number): boolean
  /** What is said of a key that is missing (undefined) or wrong; absent = as OpenAI says it. */
  keyRefusal?(key: string | undefined): string
  /** The voice at paths of this vendor that are in another vendor's format; undefined = this one. */
  at?(path: string): Voice | undefined
  /** @throws Problem for a request that cannot be read or answered. */
  answer(request: VoiceRequest, context: VoiceContext): Reply
  /** An error reply. */
  problem(problem: Problem, context: VoiceContext, headers?: readonly Header[]): Reply
  /** An error as the last event of the stream that `begun` has begun. */
  problemFrame(problem: Problem, begun: Reply): string | Uint8Array
}
