import type { JsonObject } from './json.ts'
import type { Usage } from './usage.ts'

/** One thing to embed: text, or the ids of its tokens. */
export type EmbeddingsInput = string | number[]

export interface EmbeddingsRequest {
  model: string
  /** 1 … 2048 entries, none empty. */
  input: EmbeddingsInput[]
  dimensions?: number
  /** How the caller wants the vectors written. */
  encoding: 'float' | 'base64'
  user?: string
  /** Fields the caller's dialect does not know, by their wire name. */
  extensions?: JsonObject
}

export interface EmbeddingsResponse {
  model: string
  /** One vector an input, in the order of the inputs. */
  vectors: Float32Array[]
  usage: Usage
}
