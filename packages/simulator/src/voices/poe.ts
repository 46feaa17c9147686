// Poe's API. Sources: creator.poe.com's pages on its OpenAI-compatible API, errors, limits and usage.

import { anthropic } from './anthropic.ts'
import { chatRoute } from './openai-family/chat.ts'
import { modelsRoute } from './openai-family/models.ts'
import { responsesPart, withPersona } from './openai-family/responses-part.ts'
import type { Routes } from './openai-family/vendor.ts'
import { vendorVoice } from './openai-family/vendor-voice.ts'
import { balanceRoute, writePoeModel } from './poe/account.ts'
import { chatStyle, models } from './poe/chat.ts'
import { errors } from './poe/errors.ts'
import type { Voice } from './voice.ts'

const routes: Routes = {
  'POST /v1/chat/completions': chatRoute(chatStyle),
  'GET /v1/models': modelsRoute(models, writePoeModel),
  'GET /usage/current_balance': balanceRoute,
}

export const poe: Voice = vendorVoice({
  routes,
  errors,
  keyRefusal: () => 'Incorrect API key provided.',
  // The reset is in seconds, as a plain number.
  headers: () => [
    ['x-ratelimit-limit-requests', '500'],
    ['x-ratelimit-remaining-requests', '499'],
    ['x-ratelimit-reset-requests', '42'],
  ],
  open: ['GET /v1/models'],
  parts: [
    responsesPart('/v1/responses', models),
    {
      path: '/v1/messages',
      as: '/v1/messages',
      voice: anthropic,
      read: withPersona(models),
      keyOf: anthropic.keyOf,
    },
  ],
})
