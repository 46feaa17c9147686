import type { Reply } from '../reply.ts'

type Piece = Uint8Array | string

const encoder = new TextEncoder()

/** The pieces of a streamed reply. */
export function pieces({ body }: Reply): AsyncGenerator<Piece, void> {
  if (typeof body === 'string' || body instanceof Uint8Array) {
    throw new TypeError('This reply is no stream.')
  }
  return body[Symbol.asyncIterator]() as AsyncGenerator<Piece, void>
}

/** A reply's whole body, as the bytes that go over the wire. */
export async function bytesOf(reply: Pick<Reply, 'body'>): Promise<Buffer> {
  const { body } = reply
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body)
  const read: Uint8Array[] = []
  for await (const piece of body) {
    read.push(typeof piece === 'string' ? encoder.encode(piece) : piece)
  }
  return Buffer.concat(read)
}

export async function textOf(reply: Pick<Reply, 'body'>): Promise<string> {
  return (await bytesOf(reply)).toString()
}

/** The data of the frames in a stream, comments left out. */
export function dataOf(stream: string): string[] {
  return stream.split('\n\n').flatMap((frame) => frame.match(/^data: (.*)$/s)?.[1] ?? [])
}

interface Chunk {
  choices?: { delta: { content?: string | null }; finish_reason: string | null }[]
  usage?: object | null
  error?: { code: string; message: string; request_id: string }
}

/** The chunks of a stream of OpenAI's, without `[DONE]`. */
export function chunksOf(stream: string): Chunk[] {
  return dataOf(stream).flatMap((data) => (data === '[DONE]' ? [] : JSON.parse(data)))
}

/** What the model says in a stream. */
export function saidIn(stream: string): string {
  return chunksOf(stream)
    .map(({ choices }) => choices?.[0]?.delta.content ?? '')
    .join('')
}

/** The codes of the error frames in a stream. */
export function errorsIn(stream: string): string[] {
  return chunksOf(stream).flatMap(({ error }) => error?.code ?? [])
}

/** Whether a stream tells its reader that the answer is complete. */
export function isComplete(stream: string): boolean {
  return stream.endsWith('data: [DONE]\n\n')
}
