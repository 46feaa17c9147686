import type { ChatInbound, ChatOutbound, ChatRelay } from '../chat-dialect.ts'
import { readError, writeError } from './errors.ts'
import { contentRelay } from './relay.ts'
import { readRequest, writeRequest } from './request.ts'
import { writeResponse } from './response.ts'
import { readResponse, streamReader } from './stream-reader.ts'
import { streamWriter } from './stream-writer.ts'

export { geminiCountTokens } from './count-tokens.ts'

/**
 * Google's Gemini API (`POST /models/{model}:generateContent` and `:streamGenerateContent`). The model
 * and the wish to stream are in the address, not in the body.
 */
export const geminiContent: ChatInbound & ChatOutbound & { relay: ChatRelay } = {
  id: 'gemini',
  operation: 'chat',
  readRequest,
  writeRequest,
  readResponse,
  writeResponse,
  streamReader,
  streamWriter,
  readError,
  writeError,
  relay: contentRelay,
}
