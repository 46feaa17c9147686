import { openAiChat, openAiEmbeddings, openAiImages } from '@aigne-hub/dialects'
import type { SurfaceRow } from '../surface.ts'

const mebibyte = 1024 * 1024

/** Source: OpenAI's API reference, "Debugging requests". */
const headers = (elapsedMs: number) => ({
  'openai-processing-ms': String(Math.round(elapsedMs)),
  'openai-version': '2020-10-01',
})

/** OpenAI's paths. */
export const openAiSurface = [
  {
    path: '/v1/chat/completions',
    operation: 'chat',
    dialect: openAiChat,
    maxBodyBytes: 32 * mebibyte,
    headers,
  },
  {
    path: '/v1/embeddings',
    operation: 'embeddings',
    dialect: openAiEmbeddings,
    maxBodyBytes: 32 * mebibyte,
    headers,
  },
  {
    path: '/v1/images/generations',
    operation: 'images',
    dialect: openAiImages,
    maxBodyBytes: mebibyte,
    headers,
  },
] as readonly SurfaceRow[]
