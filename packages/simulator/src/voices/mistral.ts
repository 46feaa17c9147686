// Mistral's API. Sources: npm `@mistralai/mistralai` 2.7 and docs.mistral.ai's error glossary.

import { chatStyle, models } from './mistral/chat.ts'
import { errors } from './mistral/errors.ts'
import { mediaRoutes } from './mistral/media.ts'
import { writeMistralModel } from './mistral/models.ts'
import { chatRoute } from './openai-family/chat.ts'
import { modelRoute, modelsRoute } from './openai-family/models.ts'
import type { Routes } from './openai-family/vendor.ts'
import { vendorVoice } from './openai-family/vendor-voice.ts'
import type { Voice } from './voice.ts'

const routes: Routes = {
  'POST /v1/chat/completions': chatRoute(chatStyle),
  ...mediaRoutes,
  'GET /v1/models': modelsRoute(models, writeMistralModel),
  'GET /v1/models/{id...}': modelRoute(models, writeMistralModel),
}

export const mistral: Voice = vendorVoice({
  routes,
  errors,
  keyRefusal: () => 'Unauthorized',
  headers: ({ requestId }) => [
    ['x-request-id', requestId],
    ['x-ratelimit-limit-requests', '60'],
    ['x-ratelimit-remaining-requests', '59'],
    ['x-ratelimit-limit-tokens', '500000'],
    ['x-ratelimit-remaining-tokens', '499000'],
  ],
})
