// The sources an answer leans on: `groundingMetadata` and `citationMetadata` of a candidate. Their
// positions count bytes of the candidate's text; ours count UTF-16 units of a part's text.

import { type Annotation, isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'

/** A source, and the bytes of the candidate's text that lean on it. */
interface Source {
  url: string
  title?: string
  start?: number
  end?: number
}

/** What a candidate says besides its parts, for the caller who speaks this dialect. */
const detailKeys = [
  'groundingMetadata',
  'urlContextMetadata',
  'safetyRatings',
  'finishMessage',
  'avgLogprobs',
  'continuationToken',
] as const

/** The details of a chunk added to those before; undefined when there are none. */
export function addDetails(
  details: JsonObject | undefined,
  candidate: JsonObject,
): JsonObject | undefined {
  for (const key of detailKeys) {
    const value = candidate[key] ?? undefined
    if (value !== undefined) details = { ...details, [key]: value }
  }
  return details
}

/** The details that belong on this wire. */
export function writeDetails(details: Json | undefined): JsonObject {
  return isJsonObject(details) ? (addDetails(undefined, details) ?? {}) : {}
}

const listed = (value: Json | undefined) => (Array.isArray(value) ? value.filter(isJsonObject) : [])
const position = (value: Json | undefined) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined

function sourcesOf({ groundingMetadata, citationMetadata }: JsonObject): Source[] {
  const sources: Source[] = []
  const add = ({ uri, title }: JsonObject, { startIndex, endIndex }: JsonObject) => {
    if (typeof uri !== 'string' || uri === '') return
    const end = position(endIndex)
    // Google leaves a zero out.
    const start = position(startIndex) ?? (end === undefined ? undefined : 0)
    sources.push({
      url: uri,
      ...(typeof title === 'string' && { title }),
      ...(start !== undefined && { start }),
      ...(end !== undefined && { end }),
    })
  }
  if (isJsonObject(citationMetadata)) {
    for (const citation of listed(citationMetadata.citations)) add(citation, citation)
  }
  if (!isJsonObject(groundingMetadata)) return sources
  const chunks = Array.isArray(groundingMetadata.groundingChunks)
    ? groundingMetadata.groundingChunks
    : []
  for (const { segment, groundingChunkIndices } of listed(groundingMetadata.groundingSupports)) {
    for (const index of Array.isArray(groundingChunkIndices) ? groundingChunkIndices : []) {
      const chunk = typeof index === 'number' ? chunks[index] : undefined
      const page = isJsonObject(chunk) ? (chunk.web ?? chunk.retrievedContext ?? chunk.maps) : chunk
      if (isJsonObject(page)) add(page, isJsonObject(segment) ? segment : {})
    }
  }
  return sources
}

/** How many searches the provider made for the answer; each may be charged. */
export function searchesOf(details: JsonObject | undefined): number {
  const grounding = details?.groundingMetadata
  const queries = isJsonObject(grounding) ? grounding.webSearchQueries : undefined
  return Array.isArray(queries) ? queries.length : 0
}

/**
 * The annotations of one part of the text.
 * @param before the bytes of the candidate's text in front of the part.
 */
export function annotationsOf(metadata: JsonObject, text: string, before: number): Annotation[] {
  const sources = sourcesOf(metadata)
  if (sources.length === 0) return []
  const bytes = encoder.encode(text)
  return sources.flatMap(({ url, title, start, end }): Annotation[] => {
    const from = start === undefined ? undefined : start - before
    const to = end === undefined ? undefined : end - before
    const isElsewhere = (from ?? 0) < 0 || (from ?? 0) > bytes.length || (to ?? 0) < 0
    if (isElsewhere) return []
    return [
      {
        kind: 'url',
        url,
        ...(title !== undefined && { title }),
        ...(from !== undefined && { start: unitsIn(bytes, from) }),
        ...(to !== undefined && { end: unitsIn(bytes, to) }),
      },
    ]
  })
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export const byteLength = (text: string) => encoder.encode(text).length
const unitsIn = (bytes: Uint8Array, end: number) => decoder.decode(bytes.subarray(0, end)).length

/**
 * The citations that a part's annotations make.
 * @param before the text of the candidate in front of the part.
 */
export function citationsOf(
  annotations: readonly Annotation[],
  text: string,
  before: string,
): JsonObject[] {
  const offset = (units: number) => byteLength(before) + byteLength(text.slice(0, units))
  return annotations.flatMap((annotation) => {
    if (annotation.kind !== 'url') return []
    const { url, title, start, end } = annotation
    return [
      {
        ...(start !== undefined && { startIndex: offset(start) }),
        ...(end !== undefined && { endIndex: offset(end) }),
        uri: url,
        ...(title !== undefined && { title }),
      },
    ]
  })
}
