import type { Outcome } from './behaviour/index.ts'
import type { ProblemKind } from './problem.ts'
import type { Header, Reply } from './reply.ts'

export interface FaultContext {
  /** An error reply, as the voice words it. */
  problem(kind: ProblemKind, message: string, headers?: Header[]): Reply
  /** The same error as the last event of the stream that `begun` has begun. */
  problemFrame(kind: ProblemKind, message: string, begun: Reply): string | Uint8Array
  nowMs: number
  /** 0 … 1, by the seed, the model and how many requests it has had. */
  draw(): number
}

export interface Fault {
  /** What it does, for people. */
  does: string
  /** Changes what is said, before a voice words it. */
  alter?(outcome: Outcome): void
  /** Changes what goes over the wire. */
  reply?(reply: Reply, context: FaultContext): Reply
}
