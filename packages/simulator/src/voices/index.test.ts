import { expect, test } from 'vitest'
import { anthropic } from './anthropic.ts'
import { gemini } from './gemini.ts'
import { voiceOf } from './index.ts'
import { openai } from './openai.ts'
import { responses } from './responses.ts'

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
