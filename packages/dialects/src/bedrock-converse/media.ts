// Images, documents, film and sound. Converse names a format where others name a media type, and takes
// no address that a caller could name.

import type { JsonObject, MediaPart } from '@aigne-hub/protocol'
import type { WriteContext } from './write-context.ts'

const formatsOf = (formats: Record<string, string>) => new Map(Object.entries(formats))

const imageFormats = formatsOf({
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
})

const videoFormats = formatsOf({
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/x-matroska': 'mkv',
  'video/matroska': 'mkv',
  'video/webm': 'webm',
  'video/x-flv': 'flv',
  'video/mpeg': 'mpeg',
  'video/x-ms-wmv': 'wmv',
  'video/3gpp': 'three_gp',
})

const audioFormats = formatsOf({
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/aac': 'aac',
  'audio/x-aac': 'x-aac',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
  'audio/mp4': 'mp4',
  'audio/m4a': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/ogg': 'ogg',
  'audio/opus': 'opus',
  'audio/webm': 'webm',
  'audio/x-matroska': 'mka',
  'audio/pcm': 'pcm',
  'audio/l16': 'pcm',
})

const documentFormats = formatsOf({
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/markdown': 'md',
  'application/json': 'txt',
  'application/xml': 'txt',
})

/** A block with the media; undefined for what Converse has no words for. */
export function writeMedia(part: MediaPart, context: WriteContext): JsonObject | undefined {
  const { kind, data, detail, name } = part
  if (data === undefined) return undefined
  const [type = ''] = (part.mimeType ?? '').toLowerCase().split(';')
  const source = { bytes: data }
  if (detail !== undefined && detail !== 'auto') context.losses.hint('image_url.detail')
  switch (kind) {
    case 'image':
      return withFormat('image', imageFormats.get(type), source)
    case 'video':
      return withFormat('video', videoFormats.get(type), source)
    case 'audio':
      return withFormat('audio', audioFormats.get(type), source)
    case 'file': {
      const format = documentFormats.get(type) ?? (type.startsWith('text/') ? 'txt' : undefined)
      if (format === undefined) return undefined
      return { document: { format, name: context.documentName(name), source } }
    }
  }
}

function withFormat(
  kind: 'image' | 'video' | 'audio',
  format: string | undefined,
  source: JsonObject,
): JsonObject | undefined {
  return format === undefined ? undefined : { [kind]: { format, source } }
}

/** The media type of an image in an answer. */
export function imageType(format: unknown): string {
  return typeof format === 'string' && /^[a-z]+$/.test(format) ? `image/${format}` : 'image/png'
}
