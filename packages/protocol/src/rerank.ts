import type { JsonObject } from './json.ts'
import type { Usage } from './usage.ts'

export interface RerankRequest {
  model: string
  query: string
  /** At least one: texts, or objects with a `text`. */
  documents: (string | JsonObject)[]
  /** How many of the best to return; absent = all. */
  topN?: number
  returnDocuments?: boolean
  /** Fields the caller's dialect does not know, by their wire name. */
  extensions?: JsonObject
}

export interface RankedDocument {
  /** Into `documents`. */
  index: number
  score: number
  document?: string | JsonObject
}

export interface RerankResponse {
  id?: string
  model: string
  /** The best first. */
  results: RankedDocument[]
  usage: Usage
}
