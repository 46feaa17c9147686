// Images and documents, both ways.

import {
  fromBase64,
  isJsonObject,
  type JsonObject,
  type MediaPart,
  type Part,
  toBase64,
} from '@aigne-hub/protocol'
import {
  optionalString,
  put,
  refuse,
  requiredObject,
  requiredString,
  requiredText,
} from '../read-field.ts'
import type { WriteContext } from './write-context.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

type Source = Pick<MediaPart, 'data' | 'mimeType' | 'url' | 'fileId'>

/** Where the media is; undefined for a source that only this dialect has. */
function readSource(block: JsonObject, at: string): Source | undefined {
  const source = requiredObject(block, 'source', at)
  const inside = `${at}source.`
  switch (requiredString(source, 'type', inside)) {
    case 'base64':
      return {
        data: requiredString(source, 'data', inside),
        mimeType: requiredString(source, 'media_type', inside),
      }
    case 'text':
      return {
        data: toBase64(encoder.encode(requiredText(source, 'data', inside))),
        mimeType: 'text/plain',
      }
    case 'url': {
      const url = requiredString(source, 'url', inside)
      if (!/^https?:\/\//i.test(url)) return refuse(`${inside}url`, 'an https:// address')
      return { url }
    }
    case 'file':
      return { fileId: requiredString(source, 'file_id', inside) }
    default:
      return undefined
  }
}

export function readImage(block: JsonObject, at: string): Part {
  const source = readSource(block, at)
  if (!source || source.mimeType === 'text/plain') return nativePart(block)
  return { type: 'media', kind: 'image', ...source }
}

export function readDocument(block: JsonObject, at: string): Part {
  const source = readSource(block, at)
  if (!source) return nativePart(block)
  const part: MediaPart = { type: 'media', kind: 'file', ...source }
  put(part, 'name', optionalString(block, 'title', at) || undefined)
  return part
}

/** A block that only this dialect has. Its cache mark is kept apart. */
export function nativePart(block: JsonObject): Part {
  const { cache_control: _, ...value } = block
  return { type: 'native', dialect: 'anthropic-messages', value }
}

/** The images it takes (Anthropic, "Vision"). */
const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']

/** An image or a document; undefined, and a loss, for what the dialect has no words for. */
export function writeMedia(
  part: MediaPart,
  at: string,
  context: WriteContext,
): JsonObject | undefined {
  const { losses } = context
  const source =
    part.kind === 'image' ? imageSource(part) : part.kind === 'file' ? fileSource(part) : undefined
  if (source === undefined) {
    losses.meaning(at)
    return undefined
  }
  if (part.detail !== undefined && part.detail !== 'auto') losses.hint('image_url.detail')
  const others = part.native?.['anthropic-messages']
  const base = isJsonObject(others) ? others : {}
  if (part.kind === 'image') return { ...base, type: 'image', source }
  return { ...base, type: 'document', source, ...(part.name && { title: part.name }) }
}

function imageSource({ data, mimeType, url, fileId }: MediaPart): JsonObject | undefined {
  if (data === undefined) return placeOf(url, fileId)
  const type = mimeType === 'image/jpg' ? 'image/jpeg' : (mimeType ?? '')
  return imageTypes.includes(type) ? { type: 'base64', media_type: type, data } : undefined
}

function fileSource({ data, mimeType = '', url, fileId }: MediaPart): JsonObject | undefined {
  if (data === undefined) return placeOf(url, fileId)
  if (mimeType === 'application/pdf') return { type: 'base64', media_type: mimeType, data }
  const isText = mimeType.startsWith('text/') || /^application\/(?:json|xml)\b/.test(mimeType)
  const text = isText ? textOf(data) : undefined
  return text === undefined ? undefined : { type: 'text', media_type: 'text/plain', data: text }
}

function placeOf(url: string | undefined, fileId: string | undefined): JsonObject | undefined {
  if (url !== undefined) return { type: 'url', url }
  return fileId === undefined ? undefined : { type: 'file', file_id: fileId }
}

/** The text in base64 of UTF-8; undefined when it is none. */
function textOf(base64: string): string | undefined {
  const bytes = fromBase64(base64)
  if (bytes === undefined) return undefined
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
