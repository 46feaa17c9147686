import { openAiChat, openAiEmbeddings, openAiImages, openAiResponses } from '@aigne-hub/dialects'
import type { AddHeaders, SurfaceRow } from '../surface.ts'

const mebibyte = 1024 * 1024

/** Source: OpenAI's API reference, "Debugging requests". */
const addHeaders: AddHeaders = (headers, { elapsedMs }) => {
  headers['openai-processing-ms'] = String(Math.round(elapsedMs))
  headers['openai-version'] = '2020-10-01'
}

/** OpenAI's paths. */
export const openAiSurface = [
  {
    path: '/v1/chat/completions',
    operation: 'chat',
    dialect: openAiChat,
    maxBodyBytes: 32 * mebibyte,
    addHeaders,
  },
  {
    path: '/v1/responses',
    operation: 'chat',
    dialect: openAiResponses,
    maxBodyBytes: 32 * mebibyte,
    addHeaders,
  },
  {
    path: '/v1/embeddings',
    operation: 'embeddings',
    dialect: openAiEmbeddings,
    maxBodyBytes: 32 * mebibyte,
    addHeaders,
  },
  {
    path: '/v1/images/generations',
    operation: 'images',
    dialect: openAiImages,
    maxBodyBytes: mebibyte,
    addHeaders,
  },
] as readonly SurfaceRow[]
