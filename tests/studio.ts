// A provider of speech and of work on files: it gives the bytes it is told to, and keeps the forms it gets,
// as a reader that is not ours reads them.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { pixels } from './voices.ts'

export interface Studio {
  /** For `baseUrl`. */
  url: string
  /** The forms that came, in their order. */
  forms: FormData[]
  close(): Promise<void>
}

const answers: Record<string, object> = {
  '/v1/audio/transcriptions': { text: 'Heard.' },
  '/v1/images/edits': { created: 1, data: [{ b64_json: pixels }] },
}

/** Answers every text with `audio`. */
export async function startStudio(audio: Uint8Array): Promise<Studio> {
  const forms: FormData[] = []
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const type = request.headers['content-type'] ?? ''
    const answer = answers[request.url ?? '']
    if (!answer) {
      response.writeHead(200, { 'content-type': 'audio/wav' }).end(audio)
      return
    }
    forms.push(await new Response(body, { headers: { 'content-type': type } }).formData())
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    forms,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => void server.close(() => resolve()))
    },
  }
}
