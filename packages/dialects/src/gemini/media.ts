// Images, sound, video and files: `inlineData` (base64) and `fileData` (an address).

import type { JsonObject, MediaPart } from '@aigne-hub/protocol'
import { optionalString, put, requiredString } from '../read-field.ts'
import { camelKeys } from './names.ts'

/** Types by the end of an address, for addresses that come without one. */
const typeOfEnding = new Map(
  Object.entries({
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    webp: 'image/webp',
    gif: 'image/gif',
    heic: 'image/heic',
    pdf: 'application/pdf',
    mp4: 'video/mp4',
    webm: 'video/webm',
    mov: 'video/quicktime',
    mp3: 'audio/mpeg',
    wav: 'audio/wav',
  }),
)

const kinds = ['image', 'audio', 'video'] as const

function kindOf(mimeType: string | undefined, uri = ''): MediaPart['kind'] {
  if (mimeType === undefined && /^https?:\/\/(?:\w+\.)?youtu(?:\.be|be\.com)\//.test(uri)) {
    return 'video'
  }
  const type = mimeType ?? guessedType(uri) ?? ''
  return kinds.find((kind) => type.startsWith(`${kind}/`)) ?? 'file'
}

function guessedType(uri: string): string | undefined {
  const ending = /\.(\w{3,4})(?:[?#]|$)/.exec(uri)?.[1]
  return ending === undefined ? undefined : typeOfEnding.get(ending.toLowerCase())
}

/** Whether only Google can open it: a file of its Files API or Cloud Storage. */
function isGoogleFile(uri: string): boolean {
  return /^(?:https:\/\/generativelanguage\.googleapis\.com\/|gs:\/\/|files\/)/.test(uri)
}

export function readInlineData(value: JsonObject, at: string): MediaPart {
  const fields = camelKeys(value)
  const mimeType = requiredString(fields, 'mimeType', at)
  const data = requiredString(fields, 'data', at)
  const part: MediaPart = { type: 'media', kind: kindOf(mimeType), data, mimeType }
  put(part, 'name', optionalString(fields, 'displayName', at))
  return part
}

export function readFileData(value: JsonObject, at: string): MediaPart {
  const fields = camelKeys(value)
  const uri = requiredString(fields, 'fileUri', at)
  const mimeType = optionalString(fields, 'mimeType', at)
  const part: MediaPart = { type: 'media', kind: kindOf(mimeType, uri) }
  if (/^https?:\/\//i.test(uri) && !isGoogleFile(uri)) part.url = uri
  else part.fileId = uri
  put(part, 'mimeType', mimeType)
  put(part, 'name', optionalString(fields, 'displayName', at))
  return part
}

/** The part on the wire; undefined for a file that another provider keeps. Names stay behind. */
export function writeMedia({ data, mimeType, url, fileId }: MediaPart): JsonObject | undefined {
  if (data !== undefined) {
    return { inlineData: { mimeType: mimeType ?? 'application/octet-stream', data } }
  }
  const fileUri = url ?? (fileId !== undefined && isGoogleUri(fileId) ? fileId : undefined)
  if (fileUri === undefined) return undefined
  const type = mimeType ?? guessedType(fileUri)
  return { fileData: { fileUri, ...(type !== undefined && { mimeType: type }) } }
}

const isGoogleUri = (fileId: string) => isGoogleFile(fileId) || /^[a-z]+:\/\//.test(fileId)
