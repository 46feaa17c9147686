import { anthropicCountTokens, anthropicMessages } from '@aigne-hub/dialects'
import type { AddHeaders, SurfaceRow } from '../surface.ts'

const mebibyte = 1024 * 1024

/** Source: Anthropic's API reference, "Response headers". */
const addHeaders: AddHeaders = (headers, { requestId }) => {
  headers['request-id'] = requestId
}

/** Anthropic's paths. */
export const anthropicSurface = [
  {
    path: '/v1/messages',
    operation: 'chat',
    dialect: anthropicMessages,
    maxBodyBytes: 32 * mebibyte,
    addHeaders,
  },
  {
    path: '/v1/messages/count_tokens',
    operation: 'countTokens',
    dialect: anthropicCountTokens,
    maxBodyBytes: 32 * mebibyte,
    addHeaders,
  },
] as readonly SurfaceRow[]
