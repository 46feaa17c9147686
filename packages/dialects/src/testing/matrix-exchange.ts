// One exchange of the matrix, through the dialects: the caller's request to the provider, the provider's
// answer to the caller.

import {
  type ChatRequest,
  HubError,
  type InboundDialect,
  type Json,
  type OutboundDialect,
  type Quirks,
  type WireTarget,
} from '@aigne-hub/protocol'
import { bodyOf, bytesOf } from './bytes.ts'
import {
  type Cell,
  expectedAnswer,
  expectedWritten,
  impossibleAt,
  type ProviderDialect,
  replyOf,
  requestOf,
  streamOf,
} from './matrix.ts'
import { normalAnswer, normalRequest } from './matrix-normal.ts'
import {
  askingForStream,
  expectingStream,
  providerStream,
  putTogether,
  streamPathOf,
} from './matrix-streams.ts'

/** The dialects of one cell. */
export interface Halves {
  caller: InboundDialect<'chat'>
  provider: OutboundDialect<'chat'>
}

/** What must be known of a provider before anything can be said to it. */
const quirksOf: Partial<Record<ProviderDialect, Quirks>> = {
  'bedrock-converse': { converseReasoning: 'anthropic' },
}

/** Made and told apart by its dialect alone. */
const matrixTarget = (to: ProviderDialect): WireTarget => ({
  provider: `acme-${to}`,
  model: 'm1',
  limits: { output: 4096 },
  quirks: quirksOf[to] ?? {},
})

function readCell(cell: Cell, { caller }: Halves): ChatRequest {
  const isStream = cell.lane === 'stream'
  const wire = isStream ? askingForStream(cell.from, requestOf(cell)) : requestOf(cell)
  return caller.readRequest(bodyOf(wire), {}, { model: 'm1', stream: isStream })
}

export interface Written {
  body: Json
  dropped: string[]
  /** The address says that a stream is wanted. */
  asksInPath: boolean
}

/** What the provider gets, in the form for comparison. */
export function writtenFor(cell: Cell, halves: Halves): Written {
  const request = readCell(cell, halves)
  const { path, body, dropped } = halves.provider.writeRequest(request, matrixTarget(cell.to))
  const streamPath = streamPathOf(cell.to)
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  return {
    body: normalRequest(cell.to, JSON.parse(text)),
    dropped: dropped.toSorted(),
    asksInPath: streamPath !== undefined && path.endsWith(streamPath),
  }
}

/** What the provider must get, in the form for comparison. */
export function writtenExpected(cell: Cell): Written {
  const { body, dropped } = expectedWritten(cell)
  const isStream = cell.lane === 'stream'
  return {
    body: normalRequest(cell.to, isStream ? expectingStream(cell.to, body) : body),
    dropped: dropped.toSorted(),
    asksInPath: isStream && streamPathOf(cell.to) !== undefined,
  }
}

/** Bytes a piece of a provider's stream has here: odd, so that frames and letters are cut. */
const pieceLength = 53

/** What the caller gets, in the form for comparison. */
export async function answerFor(cell: Cell, halves: Halves): Promise<Json> {
  const { caller, provider } = halves
  const context = { request: readCell(cell, halves), requestId: 'r1', arrivedAt: 1_790_000_000 }
  const target = matrixTarget(cell.to)
  if (cell.lane === 'whole') {
    const reply = provider.readResponse(bytesOf(JSON.stringify(replyOf(cell))), target)
    return normalAnswer(cell, JSON.parse(caller.writeResponse(context, reply)))
  }
  const reader = provider.streamReader?.(target)
  const writer = caller.streamWriter?.(context)
  if (!reader || !writer) throw new TypeError(`${cell.name}: one side does not stream.`)
  const bytes = providerStream(cell.to, streamOf(cell))
  let stream = ''
  for (let at = 0; at < bytes.length; at += pieceLength) {
    for (const event of reader.push(bytes.subarray(at, at + pieceLength))) {
      if (event.type === 'error') throw event.error
      stream += writer.push(event)
    }
  }
  for (const event of reader.end()) {
    if (event.type === 'error') throw event.error
    stream += writer.push(event)
  }
  stream += writer.end()
  return normalAnswer(cell, await putTogether(cell.from, stream))
}

/** What the caller must get, in the form for comparison. */
export function answerExpected(cell: Cell): Json {
  return normalAnswer(cell, expectedAnswer(cell))
}

/** The refusal the caller must get where the provider has no words for the meaning, and the one it gets. */
export function refusals(cell: Cell, halves: Halves): { expected: object; actual: object } {
  const expected = impossibleAt(cell)?.error ?? {}
  try {
    writtenFor(cell, halves)
  } catch (error) {
    if (!(error instanceof HubError)) throw error
    const { code, param } = error
    return { expected, actual: { code, ...(param !== undefined && { param }) } }
  }
  return { expected, actual: { code: 'none: the request was written' } }
}
