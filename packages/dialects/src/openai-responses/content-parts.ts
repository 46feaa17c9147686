// The pieces of a message's content in a request, and of a tool's output.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type Part,
} from '@aigne-hub/protocol'
import { readMediaUrl } from '../media-url.ts'
import { readLogprobs } from '../openai-chat/logprobs.ts'
import {
  objectAt,
  oneOf,
  optionalArray,
  optionalString,
  otherFields,
  put,
  refuseKind,
  requiredString,
  requiredText,
} from '../read-field.ts'
import { readAnnotations } from './annotations.ts'
import { contentFields, setOwn } from './own-fields.ts'
import type { WriteContext } from './write-context.ts'

/** Which types of content a role may have. Clients put an assistant's words in either kind of text. */
export const contentTypes = {
  input: ['input_text', 'input_image', 'input_file'],
  output: ['output_text', 'refusal', 'input_text'],
} as const

type ContentType = (typeof contentTypes)[keyof typeof contentTypes][number]

/** An empty string says nothing: no part. */
export function readContent(
  content: Json | undefined,
  param: string,
  types: readonly ContentType[],
): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return refuseKind(param, 'a string or an array of parts', content)
  return content.map((value, index) => {
    const fields = objectAt(value, param, index)
    const at = `${param}[${index}].`
    const type = types.find((name) => name === fields.type)
    if (type === undefined) return refuseKind(`${at}type`, `a string: ${oneOf(types)}`, fields.type)
    return readPart(type, fields, at)
  })
}

const knownFields: Record<ContentType, readonly string[]> = {
  input_text: ['type', 'text'],
  output_text: ['type', 'text', 'annotations', 'logprobs'],
  refusal: ['type', 'refusal', 'logprobs'],
  input_image: ['type', 'image_url', 'file_id', 'detail'],
  input_file: ['type', 'file_data', 'file_url', 'file_id', 'filename'],
}

function readPart(type: ContentType, fields: JsonObject, at: string): Part {
  const part = readBare(type, fields, at)
  setOwn(part, otherFields(fields, knownFields[type]))
  return part
}

function readBare(type: ContentType, fields: JsonObject, at: string): Part {
  switch (type) {
    case 'input_text':
      return { type: 'text', text: requiredText(fields, 'text', at) }
    case 'output_text': {
      const part: Part = { type: 'text', text: requiredText(fields, 'text', at) }
      const annotations = readAnnotations(optionalArray(fields, 'annotations', at))
      if (annotations.length > 0) part.annotations = annotations
      put(part, 'logprobs', readLogprobs(optionalArray(fields, 'logprobs', at)))
      return part
    }
    case 'refusal': {
      const part: Part = { type, text: requiredText(fields, type, at) }
      put(part, 'logprobs', readLogprobs(optionalArray(fields, 'logprobs', at)))
      return part
    }
    case 'input_image':
      return readImage(fields, at)
    case 'input_file':
      return readFile(fields, at)
  }
}

function readImage(fields: JsonObject, at: string): MediaPart {
  const part: MediaPart = { type: 'media', kind: 'image' }
  put(part, 'detail', optionalString(fields, 'detail', at))
  const fileId = optionalString(fields, 'file_id', at)
  if (fileId) return { ...part, fileId }
  return { ...part, ...readMediaUrl(requiredString(fields, 'image_url', at), `${at}image_url`) }
}

function readFile(fields: JsonObject, at: string): MediaPart {
  const part: MediaPart = { type: 'media', kind: 'file' }
  put(part, 'name', optionalString(fields, 'filename', at))
  const fileId = optionalString(fields, 'file_id', at)
  if (fileId) return { ...part, fileId }
  const url = optionalString(fields, 'file_url', at)
  if (url) return { ...part, ...readMediaUrl(url, `${at}file_url`) }
  const data = requiredString(fields, 'file_data', at)
  // Bare base64 is how many clients send PDFs.
  if (!data.includes(':')) return { ...part, data, mimeType: 'application/pdf' }
  return { ...part, ...readMediaUrl(data, `${at}file_data`) }
}

/**
 * Content going in: a user's, a system's, or a tool's. One plain text goes as a string.
 * @throws HubError `unsupported_parameter` for a part this wire has no words for.
 */
export function writeContent(parts: readonly Part[], at: string, context: WriteContext): Json {
  const written: JsonObject[] = []
  for (const part of parts) {
    const wire = writePart(part, at, context)
    if (wire) written.push(wire)
  }
  const [only] = written
  if (only === undefined) return ''
  const isPlain = written.length === 1 && typeof only.text === 'string' && only.text !== ''
  return isPlain && Object.keys(only).length === 2 ? (only.text as string) : written
}

function writePart(part: Part, at: string, { losses }: WriteContext): JsonObject | undefined {
  if (part.cache) losses.hint('cache_control')
  if (part.signature) losses.hint('signature')
  const bare = writeBare(part)
  if (bare) return { ...contentFields(part), ...bare }
  const what = part.type === 'media' ? `${part.kind} as input` : `a ${part.type} item`
  losses.meaning(at, undefined, `${what} here`)
  return undefined
}

function writeBare(part: Part): JsonObject | undefined {
  if (part.type === 'text' || part.type === 'refusal')
    return { type: 'input_text', text: part.text }
  if (part.type !== 'media') return undefined
  const { kind, data, mimeType, url, fileId, name, detail } = part
  const inline = data === undefined ? undefined : `data:${mimeType ?? ''};base64,${data}`
  if (kind === 'image') {
    const source = fileId === undefined ? { image_url: inline ?? url } : { file_id: fileId }
    return { type: 'input_image', ...source, ...(detail !== undefined && { detail }) }
  }
  if (kind !== 'file') return undefined
  const filename = name !== undefined && { filename: name }
  if (fileId !== undefined) return { type: 'input_file', file_id: fileId, ...filename }
  const source = inline === undefined ? { file_url: url } : { file_data: inline }
  return { type: 'input_file', ...source, ...filename }
}

/** `{type, text}` pieces of a reasoning item; undefined when there are none. */
export function readTexts(
  fields: JsonObject,
  key: 'summary' | 'content',
  at: string,
): string[] | undefined {
  const list = optionalArray(fields, key, at)
  if (list === undefined || list.length === 0) return undefined
  return list.map((value, index) => {
    const path = `${at}${key}[${index}]`
    if (!isJsonObject(value)) return refuseKind(path, 'an object', value)
    return requiredText(value, 'text', `${path}.`)
  })
}
