import { refuse } from './read-field.ts'

/**
 * An address, or the data it holds.
 * @throws HubError `invalid_request` naming `param`.
 */
export function readMediaUrl(
  url: string,
  param: string,
): { url: string } | { data: string; mimeType: string } {
  if (/^https?:\/\//i.test(url)) return { url }
  const comma = url.indexOf(',')
  const head = url.slice(0, comma)
  if (!head.startsWith('data:') || !head.endsWith(';base64') || comma + 1 === url.length) {
    return refuse(param, 'an https:// address or a data:<type>;base64,<data> string')
  }
  return { data: url.slice(comma + 1), mimeType: head.slice('data:'.length, -';base64'.length) }
}
