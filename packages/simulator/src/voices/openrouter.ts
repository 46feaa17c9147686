// OpenRouter's API. Sources: npm `@openrouter/sdk` 1.3 and openrouter.ai's pages on errors and streaming.

import { anthropic } from './anthropic.ts'
import { chatRoute } from './openai-family/chat.ts'
import { responsesPart, withPersona } from './openai-family/responses-part.ts'
import type { Routes } from './openai-family/vendor.ts'
import { vendorVoice } from './openai-family/vendor-voice.ts'
import { creditsRoute, generationRoute, keyRoute, modelsRoute } from './openrouter/account.ts'
import { chatStyle, generationId, models } from './openrouter/chat.ts'
import { errors, generationHeader } from './openrouter/errors.ts'
import { mediaRoutes } from './openrouter/media.ts'
import type { Voice } from './voice.ts'

const routes: Routes = {
  'POST /api/v1/chat/completions': chatRoute(chatStyle),
  ...mediaRoutes,
  'GET /api/v1/models': modelsRoute,
  'GET /api/v1/models/user': modelsRoute,
  'GET /api/v1/key': keyRoute,
  'GET /api/v1/credits': creditsRoute,
  'GET /api/v1/generation': generationRoute,
}

export const openrouter: Voice = vendorVoice({
  routes,
  errors,
  keyRefusal: (key) => (key === undefined ? 'No auth credentials found' : 'User not found.'),
  headers: (context) => [[generationHeader, generationId(context)]],
  open: ['GET /api/v1/models'],
  parts: [
    responsesPart('/api/v1/responses', models),
    {
      path: '/api/v1/messages',
      as: '/v1/messages',
      voice: anthropic,
      read: withPersona(models),
    },
  ],
})
