import type { JsonObject } from './json.ts'
import type { Usage } from './usage.ts'

export interface ImagesRequest {
  model: string
  prompt: string
  /** How many images, ≥ 1. */
  n: number
  /** `WIDTHxHEIGHT` or `auto`. */
  size?: string
  quality?: string
  style?: string
  background?: string
  /** `png`, `jpeg`, `webp`, … */
  outputFormat?: string
  /** 0 … 100. */
  outputCompression?: number
  moderation?: string
  /** How the caller wants the images handed over; absent = as the provider does. */
  responseFormat?: 'url' | 'base64'
  user?: string
  /** Fields the caller's dialect does not know, by their wire name. */
  extensions?: JsonObject
}

/** Exactly one of `data` (base64) and `url` is set. */
export interface GeneratedImage {
  data?: string
  url?: string
  revisedPrompt?: string
}

export interface ImagesResponse {
  /** Unix seconds. */
  created: number
  images: GeneratedImage[]
  size?: string
  quality?: string
  background?: string
  outputFormat?: string
  usage: Usage
}
