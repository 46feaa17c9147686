// Images and documents: where their bytes come from.

import type { Turn } from '../../behaviour/chat-types.ts'
import { type ImageSize, readImageSize } from '../../behaviour/image-size.ts'
import { dataOf } from '../../behaviour/image-tokens.ts'
import type { JsonObject } from '../../json.ts'
import { choiceIn, invalid, objectIn, onlyFields, textIn } from './fields.ts'

const sourceFields = new Set(['type', 'media_type', 'data', 'url', 'file_id', 'content'])
const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const
const typeOf: Readonly<Record<ImageSize['format'], (typeof imageTypes)[number]>> = {
  JPEG: 'image/jpeg',
  PNG: 'image/png',
  GIF: 'image/gif',
  WebP: 'image/webp',
}
const base64 = /^[A-Za-z0-9+/]+={0,2}$/
const address = /^https?:\/\//i

const charactersPerToken = 1000

function sourceOf(block: JsonObject, path: string): JsonObject {
  const source = objectIn(block.source, path)
  onlyFields(source, sourceFields, path)
  return source
}

function base64In(source: JsonObject, path: string): string {
  const data = textIn(source, 'data', path)
  if (!base64.test(data)) throw invalid(`${path}.data`, 'invalid base64 data')
  return data
}

function addressIn(source: JsonObject, path: string): string {
  const url = textIn(source, 'url', path)
  if (!address.test(url)) throw invalid(`${path}.url`, 'Only HTTP and HTTPS URLs are supported')
  return url
}

/** Shows the image of `block` in `turn`. @throws Problem when there is none, or its type is another. */
export function takeImage(block: JsonObject, turn: Turn, path: string): void {
  const here = `${path}.image.source`
  const source = sourceOf(block, here)
  const type = choiceIn(source, 'type', ['base64', 'url', 'file'], here)
  if (type === 'file') {
    textIn(source, 'file_id', here)
    turn.attachmentTokens++
    return
  }
  const url = type === 'url' ? addressIn(source, here) : dataUrlOf(source, `${here}.base64`)
  turn.images.push({ url, detail: 'auto', param: here })
}

function dataUrlOf(source: JsonObject, path: string): string {
  const mediaType = choiceIn(source, 'media_type', imageTypes, path)
  const url = `data:${mediaType};base64,${base64In(source, path)}`
  const bytes = dataOf(url)
  const format = bytes && readImageSize(bytes)?.format
  if (format === undefined || typeOf[format] === mediaType) return url
  throw invalid(
    path,
    `The image was specified using the ${mediaType} media type, but the image appears to be a ${typeOf[format]} image`,
  )
}

/** Counts the document of `block` in `turn`. @throws Problem when there is none. */
export function takeDocument(block: JsonObject, turn: Turn, path: string): void {
  const here = `${path}.document.source`
  const source = sourceOf(block, here)
  turn.attachmentTokens += 1 + Math.ceil(contentOf(source, here).length / charactersPerToken)
}

function contentOf(source: JsonObject, path: string): string {
  switch (choiceIn(source, 'type', ['base64', 'text', 'url', 'file', 'content'], path)) {
    case 'base64':
      choiceIn(source, 'media_type', ['application/pdf'], `${path}.base64`)
      return base64In(source, `${path}.base64`)
    case 'text':
      choiceIn(source, 'media_type', ['text/plain'], `${path}.text`)
      return textIn(source, 'data', `${path}.text`)
    case 'url':
      return addressIn(source, path)
    case 'file':
      return textIn(source, 'file_id', path)
    case 'content':
      return JSON.stringify(source.content ?? '')
  }
}
