// xAI's API. Sources: docs.x.ai (REST reference, rate limits, cost tracking) and npm `@ai-sdk/xai` 3 and 5.

import { without } from './openai-family/body.ts'
import { chatRoute } from './openai-family/chat.ts'
import { modelRoute, modelsRoute } from './openai-family/models.ts'
import { responsesPart } from './openai-family/responses-part.ts'
import type { Routes } from './openai-family/vendor.ts'
import { vendorVoice } from './openai-family/vendor-voice.ts'
import type { Voice } from './voice.ts'
import { apiKeyRoute, languageModelsRoute } from './xai/account.ts'
import { chatStyle, checkModel, costInTicks, models } from './xai/chat.ts'
import { errors } from './xai/errors.ts'
import { mediaRoutes } from './xai/media.ts'

const routes: Routes = {
  'POST /v1/chat/completions': chatRoute(chatStyle),
  ...mediaRoutes,
  'GET /v1/models': modelsRoute(models),
  'GET /v1/models/{id...}': modelRoute(models),
  'GET /v1/language-models': languageModelsRoute,
  'GET /v1/api-key': apiKeyRoute,
}

export const xai: Voice = vendorVoice({
  routes,
  errors,
  keyRefusal: (key) =>
    key === undefined
      ? 'No API key was sent. Send it as a bearer token.'
      : 'Incorrect API key provided. You can obtain an API key from https://console.x.ai.',
  headers: ({ requestId }) => [
    ['x-request-id', requestId],
    ['x-ratelimit-limit-requests', '480'],
    ['x-ratelimit-remaining-requests', '479'],
    ['x-ratelimit-limit-tokens', '2000000'],
    ['x-ratelimit-remaining-tokens', '1999000'],
  ],
  parts: [
    responsesPart('/v1/responses', models, {
      read(body) {
        checkModel(body.model)
        return without(body, 'min_p', 'top_k', 'max_turns', 'search_parameters')
      },
      usage: (usage) => ({ cost_in_usd_ticks: costInTicks(usage), num_sources_used: 0 }),
    }),
  ],
})
