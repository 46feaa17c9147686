import type { ChatEvent, ChatRequest } from './chat.ts'
import type { EmbeddingsRequest, EmbeddingsResponse } from './embeddings.ts'
import type { ImagesRequest, ImagesResponse } from './images.ts'
import type { TokenCount } from './token-count.ts'
import { type Usage, usageOf } from './usage.ts'

/**
 * What can be asked, and which request and reply belong to each. A chat reply is its events, so that
 * a whole answer and a stream are one thing; the other operations reply with a value.
 */
export interface Operations {
  chat: { request: ChatRequest; reply: ChatEvent[] }
  countTokens: { request: ChatRequest; reply: TokenCount }
  embeddings: { request: EmbeddingsRequest; reply: EmbeddingsResponse }
  images: { request: ImagesRequest; reply: ImagesResponse }
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
  | 'openai-images'

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
}
