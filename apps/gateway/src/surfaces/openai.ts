import {
  openAiChat,
  openAiEmbeddings,
  openAiImageEdits,
  openAiImages,
  openAiModerations,
  openAiResponses,
  openAiSpeech,
  openAiTranscription,
  rerank,
} from '@aigne-hub/dialects'
import type { AddHeaders, SurfaceRow } from '../surface.ts'

const mebibyte = 1024 * 1024

/** Source: OpenAI's API reference, "Debugging requests". */
const addHeaders: AddHeaders = (headers, { elapsedMs }) => {
  headers['openai-processing-ms'] = String(Math.round(elapsedMs))
  headers['openai-version'] = '2020-10-01'
}

/** OpenAI's paths, and the one for ranking documents that others have beside them. */
export const openAiSurface = (
  [
    {
      path: '/v1/chat/completions',
      operation: 'chat',
      dialect: openAiChat,
      maxBodyBytes: 32 * mebibyte,
    },
    {
      path: '/v1/responses',
      operation: 'chat',
      dialect: openAiResponses,
      maxBodyBytes: 32 * mebibyte,
    },
    {
      path: '/v1/embeddings',
      operation: 'embeddings',
      dialect: openAiEmbeddings,
      maxBodyBytes: 32 * mebibyte,
    },
    {
      path: '/v1/images/generations',
      operation: 'images',
      dialect: openAiImages,
      maxBodyBytes: mebibyte,
    },
    {
      path: '/v1/images/edits',
      operation: 'images',
      dialect: openAiImageEdits,
      maxBodyBytes: 64 * mebibyte,
    },
    {
      path: '/v1/audio/speech',
      operation: 'speech',
      dialect: openAiSpeech,
      maxBodyBytes: mebibyte,
    },
    {
      path: '/v1/audio/transcriptions',
      operation: 'transcription',
      dialect: openAiTranscription,
      maxBodyBytes: 64 * mebibyte,
    },
    {
      path: '/v1/moderations',
      operation: 'moderations',
      dialect: openAiModerations,
      maxBodyBytes: 32 * mebibyte,
    },
    { path: '/v1/rerank', operation: 'rerank', dialect: rerank, maxBodyBytes: 32 * mebibyte },
  ] as readonly SurfaceRow[]
).map((row) => ({ ...row, addHeaders }))
