import type { Operation } from './operation.ts'

/** A model as a provider offers it. */
export interface Model {
  /** The provider's own id, without the provider's name in front: `gpt-5-mini`. */
  id: string
  /** What it can be asked. */
  operations: Operation[]
  /** Unix seconds; 0 = unknown. */
  created?: number
  /** Tokens. */
  limits?: { context?: number; output?: number }
  /** Thinks before it answers: its first token may take minutes. */
  reasoning?: boolean
}
