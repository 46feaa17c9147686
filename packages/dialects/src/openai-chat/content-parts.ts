// The parts of a message's content: text, refusals, and media coming in.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type Part,
} from '@aigne-hub/protocol'
import { readMediaUrl } from '../media-url.ts'
import {
  objectAt,
  oneOf,
  optionalObject,
  optionalString,
  otherFields,
  put,
  refuseKind,
  requiredString,
  requiredText,
} from '../read-field.ts'
import { readCacheControl, writeCacheControl } from './cache-control.ts'
import type { WriteContext } from './write-context.ts'

/** Which types of part a role's content may have. */
export const partTypes = {
  text: ['text'],
  user: ['text', 'image_url', 'input_audio', 'file', 'video_url'],
  assistant: ['text', 'refusal'],
} as const satisfies Record<string, readonly string[]>

type PartType = (typeof partTypes)[keyof typeof partTypes][number]

/** An empty string says nothing: no part. */
export function readContent(
  content: Json | undefined,
  param: string,
  types: readonly PartType[],
): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return refuseKind(param, 'a string or an array of parts', content)
  return content.map((value, index) => {
    const fields = objectAt(value, param, index)
    const at = `${param}[${index}].`
    const type = types.find((name) => name === fields.type)
    if (type === undefined) return refuseKind(`${at}type`, `a string: ${oneOf(types)}`, fields.type)
    const part = readPart(type, fields, at)
    put(part, 'cache', readCacheControl(fields, at))
    const others = otherFields(fields, ['type', type, 'cache_control'])
    if (others) part.native = { 'openai-chat': others }
    return part
  })
}

function readPart(type: PartType, fields: JsonObject, at: string): Part {
  switch (type) {
    case 'text':
      return { type, text: requiredText(fields, type, at) }
    case 'refusal':
      return { type, text: requiredText(fields, type, at) }
    case 'image_url':
      return readImage(fields, at)
    case 'video_url': {
      const url = requiredString(linkOf(fields, type, at), 'url', `${at}${type}.`)
      return { type: 'media', kind: 'video', ...readMediaUrl(url, `${at}${type}.url`) }
    }
    case 'input_audio':
      return readAudio(inner(fields, type, at), `${at}${type}.`)
    case 'file':
      return readFile(inner(fields, type, at), `${at}${type}.`)
  }
}

function inner(fields: JsonObject, key: string, at: string): JsonObject {
  return optionalObject(fields, key, at) ?? refuseKind(at + key, 'an object', fields[key])
}

/** `{url}`; some clients send the address alone. */
function linkOf(fields: JsonObject, key: string, at: string): JsonObject {
  const value = fields[key]
  return typeof value === 'string' ? { url: value } : inner(fields, key, at)
}

function readImage(fields: JsonObject, at: string): MediaPart {
  const image = linkOf(fields, 'image_url', at)
  const url = requiredString(image, 'url', `${at}image_url.`)
  const part: MediaPart = {
    type: 'media',
    kind: 'image',
    ...readMediaUrl(url, `${at}image_url.url`),
  }
  put(part, 'detail', optionalString(image, 'detail', `${at}image_url.`))
  return part
}

function readAudio(audio: JsonObject, at: string): MediaPart {
  const format = requiredString(audio, 'format', at)
  return {
    type: 'media',
    kind: 'audio',
    data: requiredString(audio, 'data', at),
    mimeType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}`,
  }
}

function readFile(file: JsonObject, at: string): MediaPart {
  const part: MediaPart = { type: 'media', kind: 'file' }
  put(part, 'name', optionalString(file, 'filename', at))
  const fileId = optionalString(file, 'file_id', at)
  if (fileId) return { ...part, fileId }
  const data = optionalString(file, 'file_data', at)
  if (!data) {
    return refuseKind(`${at}file_data`, 'a string holding the file, unless file_id names it', data)
  }
  // Bare base64 is how the first clients sent PDFs, then the only type of file.
  if (!data.includes(':')) return { ...part, data, mimeType: 'application/pdf' }
  return { ...part, ...readMediaUrl(data, `${at}file_data`) }
}

/** @throws HubError `unsupported_parameter` for a part the dialect has no words for. */
export function writeContent(parts: readonly Part[], at: string, context: WriteContext): Json {
  const written: JsonObject[] = []
  for (const part of parts) {
    // Google signs on empty text; without the signature nothing is left.
    if (part.type === 'text' && part.text === '' && part.signature) {
      context.losses.hint('signature')
      continue
    }
    const wire = writePart(part, at, context)
    if (wire) written.push(wire)
  }
  const [wire] = written
  if (wire === undefined) return ''
  const plain = written.length === 1 && wire.type === 'text' && wire.text !== ''
  return plain && Object.keys(wire).length === 2 ? (wire.text as string) : written
}

function writePart(part: Part, at: string, context: WriteContext): JsonObject | undefined {
  const wire: JsonObject = {}
  const native = part.native?.['openai-chat']
  if (isJsonObject(native)) Object.assign(wire, native)
  const bare = writeBare(part, at, context)
  if (bare === undefined) return undefined
  Object.assign(wire, bare)
  writeCacheControl(wire, part.cache, context)
  if (part.signature) context.losses.hint('signature')
  return wire
}

function writeBare(part: Part, at: string, context: WriteContext): JsonObject | undefined {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type === 'refusal') {
    const isText = context.target.quirks.thinkingContent
    return isText ? { type: 'text', text: part.text } : { type: 'refusal', refusal: part.text }
  }
  const media = part.type === 'media' ? writeMedia(part, context) : undefined
  if (!media) context.losses.meaning(at, 'OpenAI chat', `${wordsFor(part)} in ${at}`)
  return media
}

function wordsFor(part: Part): string {
  if (part.type !== 'media') return `a ${part.type} item`
  return `${part.kind} by ${part.fileId === undefined ? 'address' : 'file id'}`
}

function writeMedia(part: MediaPart, { target }: WriteContext): JsonObject | undefined {
  const { kind, data, mimeType, url, fileId, name, detail } = part
  const address = data === undefined ? url : `data:${mimeType ?? ''};base64,${data}`
  if (target.quirks.flatMedia) {
    const flat = writeFlat(part, address)
    if (flat) return flat
  }
  if (kind === 'image' && address !== undefined) {
    return { type: 'image_url', image_url: { url: address, ...(detail && { detail }) } }
  }
  if (kind === 'video' && address !== undefined) {
    return { type: 'video_url', video_url: { url: address } }
  }
  if (kind === 'audio' && data !== undefined) {
    return { type: 'input_audio', input_audio: { data, format: audioFormat(mimeType) } }
  }
  if (kind === 'file' && (address !== undefined || fileId !== undefined)) {
    const source = fileId === undefined ? { file_data: address } : { file_id: fileId }
    return { type: 'file', file: { ...source, ...(name !== undefined && { filename: name }) } }
  }
  return undefined
}

/** Files and audio without an object of their own. */
function writeFlat(
  { kind, data, url, fileId, name }: MediaPart,
  address: string | undefined,
): JsonObject | undefined {
  if (kind === 'audio') {
    const sound = data ?? url
    return sound === undefined ? undefined : { type: 'input_audio', input_audio: sound }
  }
  if (kind !== 'file') return undefined
  if (fileId !== undefined) return { type: 'file', file_id: fileId }
  if (address === undefined) return undefined
  return {
    type: 'document_url',
    document_url: address,
    ...(name !== undefined && { document_name: name }),
  }
}

function audioFormat(mimeType = 'audio/wav'): string {
  const format = mimeType.replace(/^audio\//, '')
  if (format === 'mpeg') return 'mp3'
  return /^(?:x-|vnd\.)?wave?$/.test(format) ? 'wav' : format
}
