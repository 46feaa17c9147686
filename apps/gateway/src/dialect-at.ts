import { aigneChat, anthropicMessages, geminiContent, openAiChat } from '@aigne-hub/dialects'
import type { InboundDialect } from '@aigne-hub/protocol'
import type { FastifyRequest } from 'fastify'

const places: readonly (readonly [RegExp, InboundDialect])[] = [
  [/^\/v1\/messages(?:\/|$)/, anthropicMessages],
  [/^\/v1beta(?:\/|$)/, geminiContent],
  [/^\/v1\/models\/.*:[a-zA-Z]+\/?$/, geminiContent],
  [/^\/api\/v2(?:\/|$)/, aigneChat],
]

type Vendor = 'anthropic' | 'google' | 'openai'

const modelDialects: Record<Vendor, InboundDialect> = {
  anthropic: anthropicMessages,
  google: geminiContent,
  openai: openAiChat,
}

/** The vendors share `/v1/models`; their clients are told apart by the headers only they send. */
export function vendorOf({ headers }: FastifyRequest): Vendor {
  if (headers['anthropic-version'] !== undefined) return 'anthropic'
  return headers['x-goog-api-key'] === undefined ? 'openai' : 'google'
}

/** What whoever asks at an address understands, whether there is something or not. */
export function dialectAt(request: FastifyRequest): InboundDialect {
  const path = request.url.split('?')[0] as string
  const place = places.find(([pattern]) => pattern.test(path))
  if (place) return place[1]
  return path.startsWith('/v1/models') ? modelDialects[vendorOf(request)] : openAiChat
}
