// Groq's API. Sources: npm `groq-sdk` 1.6 and console.groq.com's page on rate limits.

import type { JsonObject } from '../json.ts'
import { chatStyle, models } from './groq/chat.ts'
import { errors } from './groq/errors.ts'
import { invalid } from './openai/fields.ts'
import { chatRoute } from './openai-family/chat.ts'
import { modelRoute, modelsRoute, type WriteModel, writeModel } from './openai-family/models.ts'
import { responsesPart } from './openai-family/responses-part.ts'
import type { Routes } from './openai-family/vendor.ts'
import { vendorVoice } from './openai-family/vendor-voice.ts'
import { embeddingsRoute } from './openai-media/embeddings.ts'
import type { MediaNames } from './openai-media/media-names.ts'
import { speechRoute } from './openai-media/speech.ts'
import { transcriptionRoute } from './openai-media/transcription.ts'
import type { Voice } from './voice.ts'

/** Names of Groq's, and the model of the simulator that answers for them. */
const mediaNames: MediaNames = [
  [/^(?:distil-)?whisper-/, 'transcribe'],
  [/tts|orpheus/, 'speech'],
  [/embed/, 'embed-256'],
]

/** What stands in a list of models. */
const writeGroqModel: WriteModel = (row) => ({
  ...writeModel(row),
  active: true,
  context_window: 131_072,
  public_apps: null,
  max_completion_tokens: 65_536,
})

const routes: Routes = {
  'POST /openai/v1/chat/completions': chatRoute(chatStyle),
  'POST /openai/v1/embeddings': embeddingsRoute({ names: mediaNames }),
  'POST /openai/v1/audio/speech': speechRoute({
    names: mediaNames,
    formats: ['wav', 'mp3', 'flac', 'opus'],
    format: 'wav',
  }),
  'POST /openai/v1/audio/transcriptions': transcriptionRoute(mediaNames),
  'POST /openai/v1/audio/translations': transcriptionRoute(mediaNames),
  'GET /openai/v1/models': modelsRoute(models, writeGroqModel),
  'GET /openai/v1/models/{id...}': modelRoute(models, writeGroqModel),
}

/** Nothing is kept between responses. */
function readResponse(body: JsonObject): JsonObject {
  if (body.previous_response_id != null) {
    throw invalid('previous_response_id', 'conversation state is not supported')
  }
  if (body.store === true) throw invalid('store', 'storing responses is not supported')
  return { ...body, store: false }
}

export const groq: Voice = vendorVoice({
  routes,
  errors,
  keyRefusal: () => 'Invalid API Key',
  // Requests are counted by the day, tokens by the minute.
  headers: ({ requestId }) => [
    ['x-request-id', `req_${requestId}`],
    ['x-ratelimit-limit-requests', '14400'],
    ['x-ratelimit-limit-tokens', '300000'],
    ['x-ratelimit-remaining-requests', '14399'],
    ['x-ratelimit-remaining-tokens', '299000'],
    ['x-ratelimit-reset-requests', '2m59.56s'],
    ['x-ratelimit-reset-tokens', '7.66s'],
  ],
  parts: [responsesPart('/openai/v1/responses', models, { read: readResponse })],
})
