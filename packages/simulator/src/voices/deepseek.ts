// DeepSeek's API. Sources: api-docs.deepseek.com and deepseek-ai/deepseek-harness.

import { anthropic } from './anthropic.ts'
import { balanceRoute } from './deepseek/account.ts'
import { chatStyle, models } from './deepseek/chat.ts'
import { errors } from './deepseek/errors.ts'
import { chatRoute } from './openai-family/chat.ts'
import { modelsRoute } from './openai-family/models.ts'
import { responsesPart, withPersona } from './openai-family/responses-part.ts'
import type { Routes } from './openai-family/vendor.ts'
import { vendorVoice } from './openai-family/vendor-voice.ts'
import type { Voice } from './voice.ts'

const chat = chatRoute(chatStyle)
const list = modelsRoute(models, ({ id }) => ({ id, object: 'model', owned_by: 'simulator' }))

/** The paths are the same with and without a version; `/beta` has what is not final. */
const routes: Routes = {
  'POST /chat/completions': chat,
  'POST /v1/chat/completions': chat,
  'POST /beta/chat/completions': chat,
  'GET /models': list,
  'GET /v1/models': list,
  'GET /user/balance': balanceRoute,
}

export const deepseek: Voice = vendorVoice({
  routes,
  errors,
  keyRefusal: (key) =>
    key === undefined
      ? 'Authentication Fails (auth header format should be Bearer sk-...)'
      : 'Authentication Fails, Your api key is invalid',
  headers: ({ requestId }) => [['x-deepseek-request-id', requestId]],
  parts: [
    responsesPart('/responses', models),
    responsesPart('/v1/responses', models),
    {
      path: '/anthropic/v1/messages',
      as: '/v1/messages',
      voice: anthropic,
      read: withPersona(models),
      keyOf: anthropic.keyOf,
    },
  ],
})
