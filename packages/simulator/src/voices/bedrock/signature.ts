// AWS Signature Version 4, from the verifying side. Source: "Create a signed AWS API request" of the
// IAM user guide.

import { createHash, createHmac } from 'node:crypto'
import { decodedId } from '../openai/replies.ts'
import type { VoiceRequest } from '../voice.ts'
import { SignatureProblem } from './errors.ts'

const algorithm = 'AWS4-HMAC-SHA256'
const service = 'bedrock'
const mostSkewMs = 5 * 60_000

/** What the `authorization` header says. */
export interface Signed {
  accessKeyId: string
  /** `yyyymmdd`. */
  day: string
  region: string
  service: string
  /** Lower-case, in the order of the header. */
  headerNames: string[]
  /** Hexadecimal. */
  signature: string
}

const credentialPattern = /^([^/]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/

/**
 * Undefined when the request is not signed.
 * @throws SignatureProblem when the header cannot be read.
 */
export function readSigned(headers: Readonly<Record<string, string>>): Signed | undefined {
  const header = headers.authorization ?? ''
  if (!header.startsWith(algorithm)) return undefined
  const fields = new Map<string, string>()
  for (const pair of header.slice(algorithm.length).split(',')) {
    const equals = pair.indexOf('=')
    fields.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim())
  }
  const [credential, names, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) =>
    fields.get(name),
  )
  const match = credentialPattern.exec(credential ?? '')
  if (!match || names === undefined || signature === undefined) {
    throw new SignatureProblem('The authorization header is incomplete or cannot be read.')
  }
  const [, accessKeyId = '', day = '', region = '', scopedService = ''] = match
  const headerNames = names.split(';')
  return { accessKeyId, day, region, service: scopedService, headerNames, signature }
}

export interface SignatureRules {
  nowMs: number
  secretOf(accessKeyId: string): string
}

/** @throws SignatureProblem when `signed` is not the signature of `request`, or too old. */
export function checkSignature(
  request: Pick<VoiceRequest, 'method' | 'target' | 'headers' | 'bytes'>,
  signed: Signed,
  { nowMs, secretOf }: SignatureRules,
): void {
  const { headers, bytes } = request
  const date = headers['x-amz-date'] ?? ''
  checkScope(signed, date, nowMs)
  checkHeaders(signed, headers)
  const payloadHash = sha256(bytes)
  const told = headers['x-amz-content-sha256']
  if (told !== undefined && told !== payloadHash) {
    throw new SignatureProblem(
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  }
  const canonical = canonicalRequest(request, signed, payloadHash)
  const scope = `${signed.day}/${signed.region}/${signed.service}/aws4_request`
  const toSign = [algorithm, date, scope, sha256(canonical)].join('\n')
  let key: Buffer = Buffer.from(`AWS4${secretOf(signed.accessKeyId)}`)
  for (const step of scope.split('/')) key = hmac(key, step)
  if (hmac(key, toSign).toString('hex') === signed.signature) return
  throw new SignatureProblem(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  )
}

function checkScope(signed: Signed, date: string, nowMs: number): void {
  if (signed.service !== service) {
    throw new SignatureProblem(`Credential should be scoped to correct service: '${service}'.`)
  }
  const signedMs = timeOf(date)
  if (Number.isNaN(signedMs)) throw new SignatureProblem('The x-amz-date header cannot be read.')
  if (date.slice(0, 8) !== signed.day) {
    throw new SignatureProblem('Date in Credential scope does not match YYYYMMDD from ISO-8601.')
  }
  if (signedMs < nowMs - mostSkewMs) {
    throw new SignatureProblem(`Signature expired: ${date} is more than 5 min. ago.`)
  }
  if (signedMs > nowMs + mostSkewMs) {
    throw new SignatureProblem(`Signature not yet current: ${date} is more than 5 min. ahead.`)
  }
}

/** `20261120T101112Z` in milliseconds, or NaN. */
function timeOf(date: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)
  if (!parts) return Number.NaN
  const [, year, month, day, hour, minute, second] = parts
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

function checkHeaders({ headerNames }: Signed, headers: VoiceRequest['headers']): void {
  const mustBeSigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-'))
  const unsigned = ['host', ...mustBeSigned].filter((name) => !headerNames.includes(name))
  if (unsigned.length > 0) {
    const list = unsigned.join(', ')
    throw new SignatureProblem(`These headers must be signed and are not: ${list}.`)
  }
  const isSorted = headerNames.every((name, at) => at === 0 || (headerNames[at - 1] ?? '') < name)
  const isLowerCase = headerNames.every((name) => name === name.toLowerCase())
  if (isSorted && isLowerCase) return
  throw new SignatureProblem('SignedHeaders must be lower-case, sorted and without repetition.')
}

/** What is signed, without the hash it is signed by. */
export function canonicalRequest(
  { method, target, headers }: Pick<VoiceRequest, 'method' | 'target' | 'headers'>,
  { headerNames }: Pick<Signed, 'headerNames'>,
  payloadHash: string,
): string {
  const [path = '', query = ''] = target.split('?', 2)
  const values = headerNames.map(
    (name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`,
  )
  return [
    method,
    // What is encoded on the wire is encoded once more.
    path.split('/').map(encoded).join('/'),
    canonicalQuery(query),
    values.join(''),
    headerNames.join(';'),
    payloadHash,
  ].join('\n')
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  const pairs = query.split('&').map((pair): [name: string, value: string] => {
    const equals = pair.indexOf('=')
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
    return [encoded(decodedId(name)), encoded(decodedId(value))]
  })
  pairs.sort((one, other) => compared(one[0], other[0]) || compared(one[1], other[1]))
  return pairs.map((pair) => pair.join('=')).join('&')
}

function compared(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

/** As RFC 3986 has it: only letters, digits and `-_.~` stay. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
