import type { ChatEvent, ChatRequest } from './chat.ts'
import type { EmbeddingsRequest, EmbeddingsResponse } from './embeddings.ts'
import type { ImagesRequest, ImagesResponse } from './images.ts'
import type { ModerationsRequest, ModerationsResponse } from './moderations.ts'
import type { RerankRequest, RerankResponse } from './rerank.ts'
import type { SpeechRequest } from './speech.ts'
import type { TokenCount } from './token-count.ts'
import type { TranscriptionRequest } from './transcription.ts'
import { type Usage, usageOf } from './usage.ts'
import type { VideoRequest, VideoResponse } from './video.ts'

/**
 * What can be asked, and which request and reply belong to each. A chat reply is its events, so that
 * a whole answer and a stream are one thing; the other operations reply with a value. Audio is only ever
 * passed on: it has no reply in words of ours.
 */
export interface Operations {
  chat: { request: ChatRequest; reply: ChatEvent[] }
  countTokens: { request: ChatRequest; reply: TokenCount }
  embeddings: { request: EmbeddingsRequest; reply: EmbeddingsResponse }
  images: { request: ImagesRequest; reply: ImagesResponse }
  speech: { request: SpeechRequest; reply: never }
  transcription: { request: TranscriptionRequest; reply: never }
  rerank: { request: RerankRequest; reply: RerankResponse }
  moderations: { request: ModerationsRequest; reply: ModerationsResponse }
  video: { request: VideoRequest; reply: VideoResponse }
}

export type Operation = keyof Operations
export type RequestOf<O extends Operation> = Operations[O]['request']
export type ReplyOf<O extends Operation> = Operations[O]['reply']

/** Wire formats of chat. */
export type ChatDialectId =
  | 'openai-chat'
  | 'openai-responses'
  | 'anthropic-messages'
  | 'gemini'
  | 'bedrock-converse'
  | 'ollama'
  | 'aigne'

/** Every wire format. */
export type DialectId =
  | ChatDialectId
  | 'anthropic-count-tokens'
  | 'gemini-count-tokens'
  | 'openai-embeddings'
  | 'gemini-embeddings'
  | 'vertex-embeddings'
  | 'bedrock-embeddings'
  | 'ollama-embeddings'
  | 'doubao-embeddings'
  | 'openai-images'
  | 'openai-image-edits'
  | 'xai-images'
  | 'gemini-images'
  | 'openrouter-images'
  | 'doubao-images'
  | 'ideogram-images'
  | 'bedrock-images'
  | 'poe-images'
  | 'aigne-images'
  | 'openai-speech'
  | 'openai-transcription'
  | 'openai-moderations'
  | 'rerank'
  | 'openai-video'
  | 'xai-video'
  | 'doubao-video'
  | 'gemini-video'
  | 'aigne-video'

/** What a model must be able to do to be asked for this: tokens are counted for chat. */
export function modelOperation(operation: Operation): Operation {
  return operation === 'countTokens' ? 'chat' : operation
}

/** The usage a reply reports. */
export const replyUsage: { [O in Operation]: (reply: ReplyOf<O>) => Usage } = {
  chat: (events) => {
    const last = events.findLast((event) => event.type === 'usage')
    return last?.type === 'usage' ? last.usage : usageOf({ estimated: true })
  },
  // Counting is free everywhere.
  countTokens: () => usageOf(),
  embeddings: ({ usage }) => usage,
  images: ({ usage }) => usage,
  speech: (reply: never) => reply,
  transcription: (reply: never) => reply,
  rerank: ({ usage }) => usage,
  moderations: ({ usage }) => usage,
  video: ({ usage }) => usage,
}
