import type { Behaviour } from '../behaviour/index.ts'
import type { Json } from '../json.ts'
import type { Problem } from '../problem.ts'
import type { Random } from '../random.ts'
import type { Header, Reply } from '../reply.ts'

/** A request as a voice reads it. */
export interface VoiceRequest {
  method: string
  /** Without the query. */
  path: string
  headers: Readonly<Record<string, string>>
  /** Undefined when there is none, or none that is JSON. */
  body: Json | undefined
}

export interface VoiceContext {
  behaviour: Behaviour
  /** For ids: other numbers for every request. */
  random: Random
  nowMs: number
}

/**
 * A vendor's wire format. It reads requests into the behaviour's words and writes what the behaviour
 * answers; it decides nothing about content and knows nothing of faults.
 */
export interface Voice {
  /** The key a request shows, or undefined. */
  keyOf(headers: Readonly<Record<string, string>>): string | undefined
  /** @throws Problem for a request that cannot be read or answered. */
  answer(request: VoiceRequest, context: VoiceContext): Reply
  /** An error reply. */
  problem(problem: Problem, context: VoiceContext, headers?: readonly Header[]): Reply
  /** An error as one event of a stream that has begun. */
  problemFrame(problem: Problem): string
}
