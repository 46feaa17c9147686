// Forms with files (`multipart/form-data`): RFC 7578, names as in WHATWG HTML, "Constructing the entry
// list".

import type { FormField, FormFile, Headers, JsonObject, MediaContent } from '@aigne-hub/protocol'
import { joined } from './frame-scanner.ts'
import { bytesOf } from './media-content.ts'

const encoder = new TextEncoder()
const lineEnd = encoder.encode('\r\n')

export interface WrittenForm {
  body: Uint8Array
  headers: Headers
}

/** The parts in their order. Values and files are sent as they are. */
export function writeForm(parts: readonly (FormField | FormFile)[]): WrittenForm {
  const contents = parts.map((part) => ('value' in part ? encoder.encode(part.value) : part.bytes))
  // Who could guess it could end a file with it and add fields of his own, such as another model.
  const boundary = `hub-form-${globalThis.crypto.randomUUID()}`
  const pieces: Uint8Array[] = []
  parts.forEach((part, at) => {
    pieces.push(encoder.encode(`--${boundary}\r\n${partHead(part)}\r\n\r\n`))
    pieces.push(contents[at] as Uint8Array, lineEnd)
  })
  pieces.push(encoder.encode(`--${boundary}--\r\n`))
  return {
    body: joined(pieces),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  }
}

/** A JSON object as the fields of a form: arrays as fields of the name `<name>[]`, objects as JSON. */
export function fieldParts(fields: JsonObject): FormField[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined || value === null) return []
    const given = Array.isArray(value) ? value : [value]
    const partName = Array.isArray(value) ? `${name}[]` : name
    return given.map((entry) => ({
      name: partName,
      value: typeof entry === 'string' ? entry : JSON.stringify(entry),
    }))
  })
}

/**
 * A file as a part of the name `name`.
 * @throws HubError `invalid_request` when its text is no base64.
 */
export function filePart(name: string, content: MediaContent): FormFile {
  const part: FormFile = {
    name,
    mimeType: content.mimeType,
    bytes: bytesOf(content, name.replace(/\[.*$/, '')),
  }
  if (content.name !== undefined) part.fileName = content.name
  return part
}

function partHead(part: FormField | FormFile): string {
  const disposition = `Content-Disposition: form-data; name="${escaped(part.name)}"`
  if ('value' in part) return disposition
  const mimeType = safeMimeType(part.mimeType)
  const fileName = part.fileName ?? `file.${extensionOf(mimeType)}`
  return `${disposition}; filename="${escaped(fileName)}"\r\nContent-Type: ${mimeType}`
}

function escaped(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}

/** The type comes from the caller: anything but a plain one could add headers of its own. */
function safeMimeType(mimeType: string): string {
  return /^[\w.+-]+\/[\w.+-]+(?:; ?[\w.+-]+="?[\w.+,-]+"?)*$/.test(mimeType)
    ? mimeType
    : 'application/octet-stream'
}

/** A part without a name for its file would be read as text, and some servers go by the extension. */
function extensionOf(mimeType: string): string {
  const kind = /\/(?:x-)?([\w]+)/.exec(mimeType)?.[1] ?? 'bin'
  return kind === 'mpeg' ? 'mp3' : kind
}
