import { aigneChat, aigneImages, aigneVideo, openAiChat } from '@aigne-hub/dialects'
import type { JsonBody } from '@aigne-hub/protocol'
import type { SurfaceRow } from '../surface.ts'

const mebibyte = 1024 * 1024

/** Old documents have clients send OpenAI's bodies here, and have them answered in kind. */
const dialectOf = ({ value }: JsonBody) =>
  Array.isArray(value.messages) && (value.input ?? null) === null ? openAiChat : undefined

/** The paths of the published AIGNE clients. */
export const aigneSurface = [
  {
    path: '/api/v2/chat',
    operation: 'chat',
    dialect: aigneChat,
    dialectOf,
    maxBodyBytes: 32 * mebibyte,
    wantsEarlyHeaders: true,
  },
  {
    path: '/api/v2/image',
    operation: 'images',
    dialect: aigneImages,
    maxBodyBytes: 64 * mebibyte,
    wantsEarlyHeaders: true,
  },
  {
    path: '/api/v2/video',
    operation: 'video',
    dialect: aigneVideo,
    maxBodyBytes: 64 * mebibyte,
    wantsEarlyHeaders: true,
  },
] as readonly SurfaceRow[]
