import { type FormBody, type JsonBody, readJsonBody } from '@aigne-hub/protocol'
import OpenAI from 'openai'
import { parsedForm } from './parsed-form.ts'

/** What OpenAI's own client sent. */
export interface Sent {
  path: string
  form?: FormBody
  json?: JsonBody
}

/** A client whose server is `answer`. */
export function openAiClient(
  answer: (sent: Sent) => string | Uint8Array<ArrayBuffer>,
  contentType = 'application/json',
): OpenAI {
  return new OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    async fetch(url, init) {
      const { headers, body } = init ?? {}
      const given = new Response(body as ConstructorParameters<typeof Response>[0], {
        headers: headers ?? {},
      })
      const path = new URL(String(url)).pathname.slice('/v1'.length)
      const isForm = given.headers.get('content-type')?.startsWith('multipart/form-data')
      const sent: Sent = isForm
        ? { path, form: await parsedForm(given) }
        : { path, json: readJsonBody(new Uint8Array(await given.arrayBuffer())) }
      return new Response(answer(sent), { headers: { 'content-type': contentType } })
    },
  })
}
