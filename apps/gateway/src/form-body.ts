import type { Writable } from 'node:stream'
import { type FormBody, type FormField, type FormFile, HubError } from '@aigne-hub/protocol'
import { Busboy } from '@fastify/busboy'

const maxParts = 1_000
const maxFieldBytes = 1024 * 1024
const maxNameLength = 200
/** Read at once. More would keep everybody else waiting: some forms take a second a few megabytes. */
const pieceBytes = 1024 * 1024

function unreadable(why: string): HubError {
  return new HubError(
    'invalid_request',
    `The form in the request body cannot be read: ${why}. Send multipart/form-data as your client writes it.`,
  )
}

export function isForm(contentType: string | undefined): boolean {
  return /^multipart\/form-data\s*;/i.test(contentType ?? '')
}

/** A part of which not all may have come. */
interface Part {
  name: string
  fileName: string | undefined
  mimeType: string
  isText: boolean
  chunks: Buffer[]
}

/**
 * Reads a form (`multipart/form-data`) that has come whole. Its texts are UTF-8, whatever they say.
 * @throws HubError `invalid_request` when it is malformed or cut off, has more than 1,000 parts, or a field
 *   that is longer than 1 MiB.
 */
export function readFormBody(bytes: Buffer, contentType: string): Promise<FormBody> {
  return new Promise((resolve, reject) => {
    const parts: Part[] = []
    let isOver = false
    const fail = (why: string) => {
      isOver = true
      reject(unreadable(why))
    }
    let parser: ReturnType<typeof Busboy>
    try {
      parser = Busboy({
        headers: { 'content-type': contentType },
        limits: { parts: maxParts },
        // Never pauses: it would not go on again after a large part that it skips.
        fileHwm: bytes.length + 1,
        // Texts come as bytes too: its own reading of them replaces what cannot be read.
        isPartAFile: () => true,
      })
    } catch {
      fail('its content-type names no boundary')
      return
    }
    parser.on('file', (name: string | undefined, stream, fileName, _encoding, mimeType) => {
      stream.on('error', () => fail('it is malformed'))
      if (name === undefined || name === '' || name.length > maxNameLength) {
        stream.resume()
        fail('a part of it has no name, or one that is too long')
        return
      }
      const isText = (fileName as string | undefined) === undefined && mimeType !== octets
      const part: Part = { name, fileName, mimeType, isText, chunks: [] }
      parts.push(part)
      let length = 0
      stream.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (!isText || length <= maxFieldBytes) part.chunks.push(chunk)
        else fail(`the field ${name.slice(0, 64)} is longer than 1 MiB`)
      })
    })
    parser.on('partsLimit', () => fail(`it has more than ${maxParts} parts`))
    parser.on('error', () => fail('it is malformed or ends too early'))
    parser.on('finish', () => {
      try {
        resolve(formOf(parts))
      } catch (error) {
        reject(error)
      }
    })
    feed(parser, bytes, () => isOver).catch(() => fail('it is malformed'))
  })
}

/** What a part without a name for its file says of itself when it is one all the same. */
const octets = 'application/octet-stream'
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function formOf(parts: readonly Part[]): FormBody {
  const fields: FormField[] = []
  const files: FormFile[] = []
  for (const { name, fileName, mimeType, isText, chunks } of parts) {
    const bytes = joined(chunks)
    if (isText) fields.push({ name, value: textOf(name, bytes) })
    else files.push({ name, ...(fileName && { fileName }), mimeType, bytes })
  }
  return { fields, files }
}

function textOf(name: string, bytes: Buffer): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw unreadable(`the field ${name.slice(0, 64)} is not valid UTF-8`)
  }
}

/** Without a copy where the chunks are neighbours, as those of one file mostly are. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0), ...others] = chunks
  let end = first.byteOffset + first.length
  for (const { buffer, byteOffset, length } of others) {
    if (buffer !== first.buffer || byteOffset !== end) return Buffer.concat(chunks)
    end += length
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset)
}

async function feed(parser: Writable, bytes: Buffer, isOver: () => boolean): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (at > 0) await new Promise(setImmediate)
    if (isOver()) return
    parser.write(bytes.subarray(at, at + pieceBytes))
  }
  parser.end()
}
