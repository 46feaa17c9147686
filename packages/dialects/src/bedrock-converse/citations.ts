import { type Annotation, isJsonObject, type Json } from '@aigne-hub/protocol'

/** A source the text leans on; undefined for one that says nothing. */
export function readCitation(value: Json | undefined): Annotation | undefined {
  if (!isJsonObject(value)) return undefined
  const { title: name, location, sourceContent } = value
  const title = typeof name === 'string' && name !== '' ? { title: name } : {}
  const place = isJsonObject(location) ? location : {}
  const { web } = place
  if (isJsonObject(web) && typeof web.url === 'string')
    return { kind: 'url', url: web.url, ...title }
  const document = place.documentChar ?? place.documentPage ?? place.documentChunk
  const index = isJsonObject(document) ? document.documentIndex : undefined
  if (typeof index === 'number' && Number.isSafeInteger(index) && index >= 0) {
    const cited = textOf(sourceContent)
    return { kind: 'document', index, ...title, ...(cited !== '' && { cited }) }
  }
  return { kind: 'native', dialect: 'bedrock-converse', value }
}

/** The texts of `[{text}, …]`. */
export function textOf(list: Json | undefined): string {
  if (!Array.isArray(list)) return ''
  return list
    .map((entry) => (isJsonObject(entry) && typeof entry.text === 'string' ? entry.text : ''))
    .join('')
}
