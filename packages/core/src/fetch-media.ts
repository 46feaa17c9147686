import {
  CallAbort,
  type CallSignal,
  type Clock,
  type ErrorCode,
  HubError,
  type Transport,
  type TransportBody,
  type TransportResponse,
} from '@aigne-hub/protocol'
import { givenUp } from './attempt.ts'
import type { MemoryBudget } from './ports.ts'
import { redirectOf } from './provider-line.ts'

/** A file that a caller's request names by its address. */
export interface FetchedMedia {
  bytes: Uint8Array
  mimeType: string
}

export interface MediaPorts {
  transport: Transport
  clock: Clock
  /** For all files of one request together, in milliseconds. */
  timeoutMs: number
  /** Callers may name addresses on private networks. */
  allowPrivateNetwork: boolean
  signal: CallSignal
  memory: MemoryBudget | undefined
}

export interface FetchedFiles {
  files: ReadonlyMap<string, FetchedMedia>
  /** To be released once the call is over. */
  claimedBytes: number
}

const maxFiles = 20
const mebibyte = 1024 * 1024
const maxFileBytes = 20 * mebibyte
const maxTotalBytes = 50 * mebibyte
const maxRedirects = 3

/**
 * The files at these addresses, for a provider that fetches none itself. Every address, and every one that
 * it redirects to, goes through the transport's guard; nothing of the caller's or the provider's goes along.
 * @param urls each with how often the request names it: a file is as large as all its copies.
 * @throws HubError `media_not_fetched` naming the host, never the path: it may hold a secret;
 *   `server_overloaded` when there is no memory for them.
 */
export async function fetchMedia(
  urls: ReadonlyMap<string, number>,
  ports: MediaPorts,
): Promise<FetchedFiles> {
  if (urls.size > maxFiles) {
    throw new HubError(
      'media_not_fetched',
      `The request names ${urls.size} files by their address, and at most ${maxFiles} are fetched. Send the others inside the request.`,
    )
  }
  if (ports.signal.aborted) throw givenUp(ports.signal)
  const line = new CallAbort()
  const hangUp = () => line.abort(givenUp(ports.signal))
  const cancel = ports.clock.after(ports.timeoutMs, () => line.abort(tooSlow(ports.timeoutMs)))
  ports.signal.addEventListener('abort', hangUp)
  let claimedBytes = 0
  const claim = (bytes: number) => {
    if (claimedBytes + bytes > maxTotalBytes) throw tooLarge('together', maxTotalBytes)
    ports.memory?.claim(bytes)
    claimedBytes += bytes
  }
  try {
    const files = new Map<string, FetchedMedia>()
    // One after the other: how much is in memory is known at every moment.
    for (const [url, times] of urls) {
      files.set(url, await fetchFile(url, line, ports, (bytes) => claim(bytes * times)))
    }
    return { files, claimedBytes }
  } catch (error) {
    ports.memory?.release(claimedBytes)
    throw error
  } finally {
    cancel()
    ports.signal.removeEventListener('abort', hangUp)
  }
}

async function fetchFile(
  url: string,
  signal: CallSignal,
  { transport, allowPrivateNetwork }: MediaPorts,
  claim: (bytes: number) => void,
): Promise<FetchedMedia> {
  let address = url
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const request = {
      method: 'GET',
      url: address,
      headers: {},
      allowPrivateNetwork,
      isCallers: true,
    } as const
    const response = await transport.send(request, signal).catch((thrown) => {
      throw notFetched(address, thrown)
    })
    const next = redirectOf(response, address)
    if (next === undefined) return readFile(response, address, claim)
    leave(response.body)
    address = next
  }
  throw new HubError('media_not_fetched', `${hostOf(url)} redirects too often. ${advice}`)
}

async function readFile(
  response: TransportResponse,
  url: string,
  claim: (bytes: number) => void,
): Promise<FetchedMedia> {
  const { status, headers, body } = response
  if (Number(headers['content-length'] ?? 0) > maxFileBytes || status > 299) {
    leave(body)
    if (status <= 299) throw tooLarge(`at ${hostOf(url)}`, maxFileBytes)
    throw new HubError(
      'media_not_fetched',
      `A file of the request could not be fetched: ${hostOf(url)} answered with HTTP ${status}. ${advice}`,
    )
  }
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of body) {
      length += chunk.length
      if (length > maxFileBytes) throw tooLarge(`at ${hostOf(url)}`, maxFileBytes)
      claim(chunk.length)
      chunks.push(chunk)
    }
  } catch (thrown) {
    throw notFetched(url, thrown)
  }
  const bytes = joined(chunks, length)
  return { bytes, mimeType: mimeTypeOf(headers['content-type'], bytes) }
}

/** Closes the connection unless the answer is complete. */
function leave(body: TransportBody): void {
  void body[Symbol.asyncIterator]().return?.()
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

const advice = 'Check the address, or send the file inside the request.'

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'the address'
}

function tooLarge(which: string, maxBytes: number): HubError {
  return new HubError(
    'request_too_large',
    `The files of the request ${which} are larger than the ${maxBytes / mebibyte} MiB that are fetched. Send smaller ones.`,
  )
}

function tooSlow(timeoutMs: number): HubError {
  return new HubError(
    'media_not_fetched',
    `The files of the request could not be fetched within ${timeoutMs / 1000} s. ${advice}`,
  )
}

/** No failures of the fetch, or told in the right words already. */
const otherEnds: ReadonlySet<ErrorCode> = new Set([
  'request_too_large',
  'media_not_fetched',
  'client_closed',
  'server_overloaded',
  'shutting_down',
])

/** What a caller is told of a failed fetch. The guard's own words are for operators. */
function notFetched(url: string, thrown: unknown): HubError {
  if (!(thrown instanceof HubError)) throw thrown
  const { code } = thrown
  if (otherEnds.has(code)) return thrown
  const why =
    code === 'egress_refused'
      ? 'the hub does not call that address, which is not public'
      : code === 'upstream_timeout'
        ? 'it did not answer in time'
        : 'it did not answer'
  return new HubError(
    'media_not_fetched',
    `A file of the request could not be fetched from ${hostOf(url)}: ${why}. ${advice}`,
    { cause: thrown },
  )
}

const signatures: readonly (readonly [type: string, at: number, start: string])[] = [
  ['image/png', 0, '\x89PNG'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/gif', 0, 'GIF8'],
  ['image/webp', 8, 'WEBP'],
  ['application/pdf', 0, '%PDF'],
]

/** What the bytes begin as; else what the server said. Servers of files often say nothing useful. */
function mimeTypeOf(said: string | undefined, bytes: Uint8Array): string {
  const known = signatures.find(([, at, start]) =>
    Array.from(start).every((letter, offset) => bytes[at + offset] === letter.charCodeAt(0)),
  )
  return known?.[0] ?? said?.split(';')[0]?.trim().toLowerCase() ?? 'application/octet-stream'
}
