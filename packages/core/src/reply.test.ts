import { openAiSpeech, openAiTranscription } from '@aigne-hub/dialects'
import { type FormBody, jsonBody } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { createCatalogue } from './catalogue.ts'
import { createRouter } from './router.ts'
import { answeringTransport } from './testing/answering-transport.ts'
import { host } from './testing/providers.ts'
import { bytesOf } from './testing/replies.ts'

const form: FormBody = {
  fields: [
    { name: 'model', value: 'acme/t' },
    { name: 'response_format', value: 'text' },
  ],
  files: [{ name: 'file', mimeType: 'audio/wav', bytes: Uint8Array.of(1) }],
}

test.each([
  ['audio/mpeg', 'audio/mpeg'],
  ['audio/pcm;rate=24000;channels=1', 'audio/pcm;rate=24000;channels=1'],
  ['text/plain; charset=utf-8', 'text/plain; charset=utf-8'],
  ['text/html; charset=utf-8', 'application/octet-stream'],
  ['image/svg+xml', 'application/octet-stream'],
  ['application/xhtml+xml', 'application/octet-stream'],
  ['text/plain\u0000', 'application/octet-stream'],
  ['', 'application/octet-stream'],
])('a provider that calls its sound or text %j has it passed on as %s', async (said, passed) => {
  const { transport } = answeringTransport(() => ({
    body: 'ID3 <script>',
    headers: { 'content-type': said },
  }))
  const providers = [host('acme', ['s speech', 't transcription'])]
  const router = createRouter({ catalogue: createCatalogue({ providers }), transport })
  const speech = await router.route({
    dialect: openAiSpeech,
    body: jsonBody({ model: 'acme/s', input: 'x', voice: 'alloy' }),
  })
  expect(speech.headers['content-type']).toBe(passed)
  expect((await bytesOf(speech)).toString()).toBe('ID3 <script>')
  const transcript = await router.route({ dialect: openAiTranscription, body: form })
  expect(transcript.headers['content-type']).toBe(passed)
})
