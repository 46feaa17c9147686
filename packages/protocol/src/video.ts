import type { JsonObject } from './json.ts'
import type { MediaFile } from './media-file.ts'
import type { Usage } from './usage.ts'

export interface VideoRequest {
  model: string
  prompt: string
  /** How long it is to be. */
  seconds?: number
  /** `WIDTHxHEIGHT`. */
  size?: string
  /** `WIDTH:HEIGHT`, in small whole numbers. */
  aspectRatio?: string
  /** The first frame. */
  image?: MediaFile
  seed?: number
  /** Fields the caller's dialect does not know, by their wire name. */
  extensions?: JsonObject
}

/** Exactly one of `data` (base64) and `url` is set. */
export interface GeneratedVideo {
  data?: string
  /** Anybody may fetch it. */
  url?: string
  mimeType: string
}

export interface VideoResponse {
  model: string
  videos: GeneratedVideo[]
  /** How long they are. */
  seconds: number
  /** `seconds` of video. */
  usage: Usage
}
