// LM Studio's API. Sources: lmstudio-ai/docs of April 2026 and npm `@lmstudio/sdk` 2.0.

import { anthropic } from './anthropic.ts'
import { chatStyle, models } from './lmstudio/chat.ts'
import { errors } from './lmstudio/errors.ts'
import { nativeModelsRoute } from './lmstudio/models.ts'
import { chatRoute } from './openai-family/chat.ts'
import { modelRoute, modelsRoute } from './openai-family/models.ts'
import { responsesPart, withPersona } from './openai-family/responses-part.ts'
import type { Routes } from './openai-family/vendor.ts'
import { vendorVoice } from './openai-family/vendor-voice.ts'
import { embeddingsRoute } from './openai-media/embeddings.ts'
import type { Voice } from './voice.ts'

const routes: Routes = {
  'POST /v1/chat/completions': chatRoute(chatStyle),
  'POST /v1/embeddings': embeddingsRoute({
    names: [[/embed/, 'embed-256']],
    // Nothing is counted.
    usage: () => ({ prompt_tokens: 0, total_tokens: 0 }),
  }),
  'GET /v1/models': modelsRoute(models),
  'GET /v1/models/{id...}': modelRoute(models),
  'GET /api/v1/models': nativeModelsRoute,
}

export const lmstudio: Voice = vendorVoice({
  routes,
  errors,
  parts: [
    responsesPart('/v1/responses', models),
    { path: '/v1/messages', as: '/v1/messages', voice: anthropic, read: withPersona(models) },
  ],
})
