import { type Annotation, isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'

const dialect = 'openai-responses'
const whole = (value: Json | undefined) => (typeof value === 'number' ? value : undefined)

/** The sources of a text. Kinds that only this dialect has are kept as they are. */
export function readAnnotations(value: Json | undefined): Annotation[] {
  if (!Array.isArray(value)) return []
  return value.filter(isJsonObject).map(readAnnotation)
}

export function readAnnotation(value: JsonObject): Annotation {
  const { type, url, title, file_id: fileId, filename } = value
  if (type === 'url_citation' && typeof url === 'string') {
    const start = whole(value.start_index)
    const end = whole(value.end_index)
    return {
      kind: 'url',
      url,
      ...(typeof title === 'string' && title !== '' && { title }),
      ...(start !== undefined && { start }),
      ...(end !== undefined && { end }),
    }
  }
  if (type === 'file_citation' && typeof fileId === 'string') {
    const start = whole(value.index)
    return {
      kind: 'file',
      fileId,
      ...(typeof filename === 'string' && filename !== '' && { name: filename }),
      ...(start !== undefined && { start }),
    }
  }
  return { kind: 'native', dialect, value }
}

/** Clients insist on every field of the two kinds: what is unknown is empty or 0. */
export function writeAnnotations(annotations: readonly Annotation[]): JsonObject[] {
  const written: JsonObject[] = []
  for (const annotation of annotations) {
    const { kind, start = 0, end = 0 } = annotation
    if (kind === 'url') {
      const { url, title = '' } = annotation
      written.push({ type: 'url_citation', start_index: start, end_index: end, url, title })
    } else if (kind === 'file') {
      const { fileId, name = '' } = annotation
      written.push({ type: 'file_citation', file_id: fileId, filename: name, index: start })
    } else if (kind === 'native' && annotation.dialect === dialect) {
      if (isJsonObject(annotation.value)) written.push(annotation.value)
    }
  }
  return written
}
