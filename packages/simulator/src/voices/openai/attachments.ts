// Images and files in a message, in whichever part they come.

import type { ShownImage } from '../../behaviour/chat-types.ts'
import type { Json } from '../../json.ts'
import { invalid } from './fields.ts'

/** @throws Problem when `url` is no address. */
export function shownImage(url: string, detail: Json | undefined, param: string): ShownImage {
  const isAddress = /^(https?:\/\/|data:)/i.test(url)
  if (!isAddress) throw invalid(param, 'it must be an http or data URL')
  const isKnown = detail === 'low' || detail === 'high'
  return { url, detail: isKnown ? detail : 'auto', param }
}

const charactersPerToken = 1000

/** Some number that grows with the attachment. */
export function attachmentTokens(data: Json | undefined): number {
  return 1 + Math.ceil((typeof data === 'string' ? data.length : 0) / charactersPerToken)
}
