// The content of a request's media in the form in which a provider wants it.

import type { MediaContent } from '@aigne-hub/protocol'
import { fromBase64, toBase64 } from '@aigne-hub/protocol'
import { refuse } from './read-field.ts'

export function base64Of({ data }: MediaContent): string {
  return typeof data === 'string' ? data : toBase64(data)
}

/**
 * @param param the field of the caller's request that it came in.
 * @throws HubError `invalid_request` naming `param` when the text is no base64.
 */
export function bytesOf({ data }: MediaContent, param: string): Uint8Array {
  if (typeof data !== 'string') return data
  return fromBase64(data) ?? refuse(param, 'a file whose data is base64')
}

/** The type of a picture in a format as OpenAI names it; PNG is what everybody makes unasked. */
export function imageTypeOf(format = 'png'): string {
  return format === 'svg' ? 'image/svg+xml' : `image/${format}`
}

export function dataUrl(content: MediaContent): string {
  return `data:${content.mimeType};base64,${base64Of(content)}`
}
