import type { JsonObject } from './json.ts'
import type { MediaFile } from './media-file.ts'
import type { Usage } from './usage.ts'

export interface ImagesRequest {
  model: string
  prompt: string
  /** How many images, ≥ 1. */
  n: number
  /** Images to work from, of which the first is the one to edit; absent = none. */
  images?: MediaFile[]
  /** Where to edit: transparent pixels of an image of the same size as the first. */
  mask?: MediaFile
  /** `WIDTHxHEIGHT` or `auto`. */
  size?: string
  /** `WIDTH:HEIGHT`, in small whole numbers. */
  aspectRatio?: string
  quality?: string
  style?: string
  background?: string
  /** `png`, `jpeg`, `webp`, … */
  outputFormat?: string
  /** 0 … 100. */
  outputCompression?: number
  moderation?: string
  /** How closely to keep to the images given: `high` or `low`. */
  inputFidelity?: string
  negativePrompt?: string
  seed?: number
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
  mimeType?: string
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
