import { type Annotation, isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'

/** The sources of an answer. Chat knows `url_citation`; what else servers send is kept as it is. */
export function readAnnotations(value: Json | undefined): Annotation[] {
  if (!Array.isArray(value)) return []
  return value.filter(isJsonObject).map(readAnnotation)
}

function readAnnotation(value: JsonObject): Annotation {
  const { type, url_citation: citation } = value
  if (type !== 'url_citation' || !isJsonObject(citation) || typeof citation.url !== 'string') {
    return { kind: 'native', dialect: 'openai-chat', value }
  }
  const { start_index: start, end_index: end, url, title } = citation
  return {
    kind: 'url',
    url,
    ...(typeof title === 'string' && { title }),
    ...(typeof start === 'number' && { start }),
    ...(typeof end === 'number' && { end }),
  }
}

/** @param offset UTF-16 units of the message's content before the annotated part. */
export function writeAnnotations(annotations: readonly Annotation[], offset = 0): JsonObject[] {
  const written: JsonObject[] = []
  for (const annotation of annotations) {
    if (annotation.kind === 'url') {
      const { url, title, start, end } = annotation
      written.push({
        type: 'url_citation',
        url_citation: {
          url,
          ...(title !== undefined && { title }),
          ...(start !== undefined && { start_index: start + offset }),
          ...(end !== undefined && { end_index: end + offset }),
        },
      })
    } else if (annotation.kind === 'native' && annotation.dialect === 'openai-chat') {
      if (isJsonObject(annotation.value)) written.push(annotation.value)
    }
  }
  return written
}
