import type { DialectId, Operation } from './operation.ts'
import type { Quirks } from './quirks.ts'

/** In tokens. */
export interface ModelLimits {
  context?: number
  output?: number
}

export type Modality = 'text' | 'image' | 'audio' | 'video' | 'file'

/** A model as a provider offers it. */
export interface Model {
  /** The provider's own id, without the provider's name in front: `gpt-5-mini`. */
  id: string
  /** For people. */
  name?: string
  /** What it can be asked. */
  operations: readonly Operation[]
  /** Unix seconds; 0 = unknown. */
  created?: number
  limits?: ModelLimits
  modalities?: { input: readonly Modality[]; output: readonly Modality[] }
  /** What else it can do: `tools`, `jsonSchema`, `promptCache` … */
  features?: readonly string[]
  /** Thinks before it answers: its first token may take minutes. */
  reasoning?: boolean
  /** The dialects it is served in, the preferred one first; absent = all of its provider's. */
  dialects?: readonly DialectId[]
  /** The dialects it takes tools in while it reasons; absent = all of the above. */
  toolDialects?: readonly DialectId[]
  /** Instead of its provider's. */
  quirks?: Quirks
  /** When the provider stops serving it, or did: an ISO date. It is never refused for its age. */
  retires?: string
}
