// A provider of speech and of work on files: it gives the bytes it is told to, and keeps the forms it gets,
// as a reader that is not ours reads them.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pixels } from './voices.ts'

export interface Studio {
  /** For `baseUrl`. */
  url: string
  /** The forms that came, in their order. */
  forms: FormData[]
  /** Of the last answer of `concert`, the bytes that were taken. */
  readonly takenBytes: number
  close(): Promise<void>
}

const answers: Record<string, object> = {
  '/v1/audio/transcriptions': { text: 'Heard.' },
  '/v1/images/edits': { created: 1, data: [{ b64_json: pixels }] },
}

/** How often `concert` plays the audio. */
export const encores = 16

/** Answers every text with `audio`, the model `concert` with that again and again. */
export async function startStudio(audio: Uint8Array): Promise<Studio> {
  const forms: FormData[] = []
  let takenBytes = 0
  function* concert() {
    takenBytes = 0
    const pieceBytes = 64 * 1024
    for (let at = 0; at < encores * audio.length; at += pieceBytes) {
      takenBytes += pieceBytes
      yield audio.subarray(at % audio.length, (at % audio.length) + pieceBytes)
    }
  }
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const type = request.headers['content-type'] ?? ''
    const answer = answers[request.url ?? '']
    if (!answer) {
      response.writeHead(200, { 'content-type': 'audio/wav' })
      if (JSON.parse(body.toString()).model !== 'concert') response.end(audio)
      else Readable.from(concert(), { highWaterMark: 1 }).pipe(response)
      return
    }
    forms.push(await new Response(body, { headers: { 'content-type': type } }).formData())
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    forms,
    get takenBytes() {
      return takenBytes
    },
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => void server.close(() => resolve()))
    },
  }
}
