import { openAiChat, openAiEmbeddings, openAiImages } from '@aigne-hub/dialects'
import type { SurfaceRow } from '../surface.ts'

const mebibyte = 1024 * 1024

/** OpenAI's paths. */
export const openAiSurface = [
  {
    path: '/v1/chat/completions',
    operation: 'chat',
    dialect: openAiChat,
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
] as readonly SurfaceRow[]
