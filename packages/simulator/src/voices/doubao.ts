// Doubao on Volcengine Ark. Sources: volcengine/volcengine-python-sdk and volcengine.com's error codes.

import { isObject } from '../json.ts'
import { chatStyle, checkModel, models } from './doubao/chat.ts'
import { embeddingRoutes } from './doubao/embeddings.ts'
import { errors } from './doubao/errors.ts'
import { imageRoutes } from './doubao/images.ts'
import { tokenizationRoute } from './doubao/tokenization.ts'
import { videoRoutes } from './doubao/videos.ts'
import { without } from './openai-family/body.ts'
import { chatRoute } from './openai-family/chat.ts'
import { modelRoute, modelsRoute } from './openai-family/models.ts'
import { responsesPart } from './openai-family/responses-part.ts'
import type { Routes } from './openai-family/vendor.ts'
import { vendorVoice } from './openai-family/vendor-voice.ts'
import type { Voice } from './voice.ts'

const routes: Routes = {
  'POST /api/v3/chat/completions': chatRoute(chatStyle),
  ...embeddingRoutes,
  ...imageRoutes,
  ...videoRoutes,
  'GET /api/v3/models': modelsRoute(models),
  'GET /api/v3/models/{id...}': modelRoute(models),
  'POST /api/v3/tokenization': tokenizationRoute,
}

export const doubao: Voice = vendorVoice({
  routes,
  errors,
  keyRefusal: (key) =>
    key === undefined
      ? 'The API key in the request is missing or invalid.'
      : "The API key doesn't exist.",
  headers: ({ requestId }) => [['x-request-id', requestId]],
  parts: [
    responsesPart('/api/v3/responses', models, {
      read(body) {
        checkModel(body.model)
        const { thinking, reasoning } = body
        const isOff = isObject(thinking) && thinking.type === 'disabled'
        const rest = without(body, 'thinking', 'caching', 'expire_at')
        if (!isOff) return rest
        return { ...rest, reasoning: { ...(isObject(reasoning) ? reasoning : {}), effort: 'none' } }
      },
    }),
  ],
})
