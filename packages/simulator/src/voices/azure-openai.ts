// Azure OpenAI. Sources: the Azure client of npm `openai` 7.55 and learn.microsoft.com.

import { isLiveToken } from './access-token.ts'
import { chatStyle, models } from './azure-openai/chat.ts'
import { entraToken, isTokenPath } from './azure-openai/entra-token.ts'
import { errors } from './azure-openai/errors.ts'
import { mediaRoutes } from './azure-openai/media.ts'
import { writeAzureModel } from './azure-openai/models.ts'
import { bearerKey } from './openai/replies.ts'
import { chatRoute } from './openai-family/chat.ts'
import { modelRoute, modelsRoute } from './openai-family/models.ts'
import { responsesPart } from './openai-family/responses-part.ts'
import type { Routes } from './openai-family/vendor.ts'
import { vendorVoice } from './openai-family/vendor-voice.ts'
import type { Voice } from './voice.ts'

const chat = chatRoute(chatStyle)

const routes: Routes = {
  'POST /openai/v1/chat/completions': chat,
  'POST /openai/deployments/{deployment}/chat/completions': chat,
  'POST /api/projects/{project}/openai/v1/chat/completions': chat,
  ...mediaRoutes,
  'GET /openai/v1/models': modelsRoute(models, writeAzureModel),
  'GET /openai/v1/models/{id...}': modelRoute(models, writeAzureModel),
}

const voice = vendorVoice({
  routes,
  errors,
  keyOf: (headers) => headers['api-key'] ?? bearerKey(headers),
  accepts: (key, nowMs) => isLiveToken('entra', key, nowMs),
  keyRefusal: () =>
    'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
  headers: ({ requestId }) => [
    ['apim-request-id', requestId],
    ['x-request-id', requestId],
    ['x-ms-region', 'Simulated Region'],
    ['azureml-model-session', 'simulator'],
    ['x-ratelimit-limit-requests', '500'],
    ['x-ratelimit-limit-tokens', '500000'],
    ['x-ratelimit-remaining-requests', '499'],
    ['x-ratelimit-remaining-tokens', '499000'],
  ],
  parts: [
    responsesPart('/openai/v1/responses', models),
    responsesPart('/openai/responses', models),
  ],
})

export const azureOpenai: Voice = {
  ...voice,
  at: (path) => (isTokenPath(path) ? entraToken : voice.at?.(path)),
}
