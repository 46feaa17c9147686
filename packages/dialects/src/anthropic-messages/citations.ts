// Sources of a text: `citations` of a text block.

import { type Annotation, isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'
import { otherFields } from '../read-field.ts'

const id = 'anthropic-messages'

/** A source as a block or a `citations_delta` names it; undefined for what is no object. */
export function readCitation(value: Json | undefined): Annotation | undefined {
  if (!isJsonObject(value)) return undefined
  const { type, url, title, document_index: index, cited_text: cited } = value
  if (type === 'web_search_result_location' && typeof url === 'string') {
    const annotation: Annotation = { kind: 'url', url }
    if (typeof title === 'string') annotation.title = title
    // Without its proof the provider would not take the source back, and nothing else is worth keeping.
    const isProven = typeof value.encrypted_index === 'string' && value.encrypted_index !== ''
    const others = isProven ? otherFields(value, ['url', 'title']) : undefined
    if (others) annotation.native = { [id]: others }
    return annotation
  }
  if (typeof index === 'number' && typeof cited === 'string') {
    const annotation: Annotation = { kind: 'document', index, cited }
    if (typeof value.document_title === 'string') annotation.title = value.document_title
    const others = otherFields(value, ['document_index', 'cited_text', 'document_title'])
    if (others) annotation.native = { [id]: others }
    return annotation
  }
  return { kind: 'native', dialect: id, value }
}

export function readCitations(list: Json | undefined): Annotation[] | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined
  return list.flatMap((value) => readCitation(value) ?? [])
}

/** A source that this dialect once named, in its words; undefined for any other. */
export function writeOwnCitation(annotation: Annotation): JsonObject | undefined {
  if (annotation.kind === 'native') {
    return annotation.dialect === id && isJsonObject(annotation.value)
      ? annotation.value
      : undefined
  }
  const others = annotation.native?.[id]
  if (!isJsonObject(others)) return undefined
  if (annotation.kind === 'url') {
    return { ...others, url: annotation.url, title: annotation.title ?? null }
  }
  if (annotation.kind !== 'document') return undefined
  const { index, cited, title } = annotation
  return {
    ...others,
    document_index: index,
    cited_text: cited ?? '',
    document_title: title ?? null,
  }
}

/** The sources of a text, of which `write` has words for some. */
export function writeCitations(
  annotations: readonly Annotation[] | undefined,
  write: (annotation: Annotation) => JsonObject | undefined,
): Json[] {
  const written: Json[] = []
  for (const annotation of annotations ?? []) {
    const citation = write(annotation)
    if (citation) written.push(citation)
  }
  return written
}

/** A source for a caller: pages that other vendors name are shown as results of a search. */
export function writeCitation(annotation: Annotation): JsonObject | undefined {
  const own = writeOwnCitation(annotation)
  if (own || annotation.kind !== 'url') return own
  const { url, title } = annotation
  return {
    type: 'web_search_result_location',
    url,
    title: title ?? null,
    cited_text: '',
    encrypted_index: '',
  }
}
