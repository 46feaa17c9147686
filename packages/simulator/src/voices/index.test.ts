import { expect, test } from 'vitest'
import { anthropic } from './anthropic.ts'
import { files } from './files.ts'
import { gemini } from './gemini.ts'
import { voiceAt, voiceOf } from './index.ts'
import { openai } from './openai.ts'
import { responses } from './responses.ts'
import { googleToken } from './vertex/token.ts'
import { vertex } from './vertex.ts'

const version = { 'anthropic-version': '2023-06-01' }

test.each([
  ['/v1/messages', {}, anthropic],
  ['/v1/messages/count_tokens', version, anthropic],
  ['/v1/models', version, anthropic],
  ['/v1/models/chat', version, anthropic],
  ['/v1/models', {}, openai],
  ['/v1/chat/completions', version, openai],
  ['/v1/responses', {}, responses],
  ['/v1/responses/resp_1', {}, responses],
  ['/v1beta/models/chat:generateContent', {}, gemini],
  ['/nowhere', {}, openai],
])('%s with %j', (path, headers, voice) => {
  expect(voiceOf(path, headers)).toBe(voice)
})

const link = `/files/${'x'.repeat(24)}.png`

test.each([
  ['/openai/v1/responses', responses, '/v1/responses'],
  ['/anthropic/v1/models', anthropic, '/v1/models'],
  ['/google/v1beta/files/a:download', gemini, '/v1beta/files/a:download'],
  ['/vertex/v1/publishers/google/models', vertex, '/v1/publishers/google/models'],
  ['/vertex/token', googleToken, '/token'],
  [link, files, link],
  [`/xai${link}`, files, `/xai${link}`],
  ['/nobody/v1/models', openai, '/nobody/v1/models'],
])('%s is answered by whom it belongs to', (path, voice, vendorPath) => {
  expect(voiceAt(path, {})).toEqual({ voice, path: vendorPath })
})

test('OpenAI answers at its mount', () => {
  expect(voiceAt('/openai/v1/models', version)).toMatchObject({
    voice: { answer: openai.answer },
    path: '/v1/models',
  })
})
