import type { JsonObject } from './json.ts'

export interface SpeechRequest {
  model: string
  /** What to read aloud. */
  input: string
  /** A name, or the id of a voice of one's own. */
  voice?: string | { id: string }
  /** How to read it. */
  instructions?: string
  /** `mp3`, `opus`, `aac`, `flac`, `wav`, `pcm`. */
  format?: string
  speed?: number
  /** Audio always comes as it is made: as its bytes, or as events. */
  stream: 'bytes' | 'events'
  /** Fields the caller's dialect does not know, by their wire name. */
  extensions?: JsonObject
}
