import { geminiContent, geminiCountTokens } from '@aigne-hub/dialects'
import type { SurfaceRow } from '../surface.ts'

const mebibyte = 1024 * 1024

/**
 * `@google/genai` asks for `v1` from version 3 on, everything before it for `v1beta`. Clients that take a
 * name with a slash for a whole path leave `models/` out.
 */
const places = ['v1beta/models', 'v1/models', 'v1beta']

const streamForm: SurfaceRow['streamForm'] = ({ alt }) => (alt === 'sse' ? 'events' : 'jsonArray')

/** Google's paths. `*` is the model. */
export const googleSurface = places.flatMap((place) => [
  {
    path: `/${place}/*:generateContent`,
    operation: 'chat',
    dialect: geminiContent,
    maxBodyBytes: 32 * mebibyte,
  },
  {
    path: `/${place}/*:streamGenerateContent`,
    operation: 'chat',
    dialect: geminiContent,
    maxBodyBytes: 32 * mebibyte,
    streams: true,
    streamForm,
  },
  {
    path: `/${place}/*:countTokens`,
    operation: 'countTokens',
    dialect: geminiCountTokens,
    maxBodyBytes: 32 * mebibyte,
  },
]) as readonly SurfaceRow[]
