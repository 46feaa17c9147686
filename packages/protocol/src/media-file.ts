/** A file of a request: its content (bytes, or base64), or an address at which it is. */
export type MediaFile = MediaContent | { url: string }

export interface MediaContent {
  /** Text is base64. */
  data: Uint8Array | string
  mimeType: string
  name?: string
}
