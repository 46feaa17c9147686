import type { Json, JsonObject } from './json.ts'
import type { Usage } from './usage.ts'

export interface ModerationsRequest {
  model: string
  /** Texts, or content parts that are judged together. */
  input: Json
  /** Fields the caller's dialect does not know, by their wire name. */
  extensions?: JsonObject
}

export interface Moderation {
  flagged: boolean
  categories: Record<string, boolean>
  /** 0 … 1. */
  scores: Record<string, number>
  /** What else the provider says of it. */
  more?: JsonObject
}

export interface ModerationsResponse {
  id?: string
  model: string
  results: Moderation[]
  usage: Usage
}
