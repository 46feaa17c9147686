// multipart/form-data as RFC 7578 says, without what nobody sends (preambles, folded headers).

import { Problem } from './problem.ts'

export interface FormPart {
  name: string
  /** Of a file; absent = a plain field. */
  filename?: string
  /** As the part says it; absent = it says nothing, which means text. */
  contentType?: string
  bytes: Uint8Array
}

const typePattern = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s";]{1,70}))/i
const lineEnd = '\r\n'
const headerEnd = '\r\n\r\n'

/**
 * The parts of a form, in order; a name may repeat.
 * @param contentType the value of the request's `content-type`
 * @throws Problem `invalidRequest` when it is no form, or one that breaks off or breaks the rules.
 */
export function readForm(bytes: Uint8Array, contentType: string | undefined): FormPart[] {
  const match = typePattern.exec(contentType ?? '')
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) throw malformed('the content type must be one with a boundary')
  const form = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const opening = `--${boundary}`
  if (form.subarray(0, opening.length).toString('latin1') !== opening) {
    throw malformed('it does not start with its boundary')
  }
  const parts: FormPart[] = []
  const delimiter = `${lineEnd}${opening}`
  for (let at = opening.length; ; ) {
    const mark = form.toString('latin1', at, at + 2)
    if (mark === '--') return parts
    if (mark !== lineEnd) throw malformed('a boundary is followed by something else')
    const start = at + 2
    const end = form.indexOf(delimiter, start)
    if (end < 0) throw malformed('it ends without its last boundary')
    parts.push(readPart(form.subarray(start, end)))
    at = end + delimiter.length
  }
}

function readPart(part: Buffer): FormPart {
  const end = part.indexOf(headerEnd)
  if (end < 0) throw malformed('a part has no headers')
  const headers = headersOf(part.toString('utf8', 0, end))
  const disposition = headers.get('content-disposition') ?? ''
  if (!/^form-data\s*;/i.test(disposition)) throw malformed('a part is not form-data')
  const name = parameterOf(disposition, 'name')
  if (name === undefined) throw malformed('a part has no name')
  const filename = parameterOf(disposition, 'filename')
  const contentType = headers.get('content-type')
  return {
    name,
    ...(filename === undefined ? {} : { filename }),
    ...(contentType === undefined ? {} : { contentType }),
    bytes: new Uint8Array(part.subarray(end + headerEnd.length)),
  }
}

function headersOf(text: string): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of text.split(lineEnd)) {
    const colon = line.indexOf(':')
    if (colon < 1) throw malformed('a part has a header without a name')
    const name = line.slice(0, colon).toLowerCase()
    if (headers.has(name)) throw malformed(`a part has two headers ${name}`)
    headers.set(name, line.slice(colon + 1).trim())
  }
  return headers
}

/** A quoted parameter. Quotes and line ends inside of it are written `%22`, `%0D`, `%0A`. */
function parameterOf(disposition: string, name: string): string | undefined {
  const value = new RegExp(`;\\s*${name}="([^"]*)"`, 'i').exec(disposition)?.[1]
  return value?.replace(/%(22|0D|0A)/gi, (code) => decodeURIComponent(code))
}

function malformed(what: string): Problem {
  return new Problem('invalidRequest', `The form cannot be read: ${what}.`)
}
