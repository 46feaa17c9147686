import type { ChatInbound, ChatOutbound, ChatRelay } from '../chat-dialect.ts'
import { readOpenAiError, writeOpenAiError } from '../openai-errors.ts'
import { readRequest } from './read-request.ts'
import { chatRelay } from './relay.ts'
import { readResponse, writeResponse } from './response.ts'
import { streamReader } from './stream-reader.ts'
import { streamWriter } from './stream-writer.ts'
import { writeRequest } from './write-request.ts'

/**
 * OpenAI's Chat Completions (`POST /chat/completions`), as OpenAI documents it and as its family of
 * compatible servers speaks it.
 */
export const openAiChat: ChatInbound & ChatOutbound & { relay: ChatRelay } = {
  id: 'openai-chat',
  operation: 'chat',
  readRequest,
  writeRequest,
  readResponse,
  writeResponse,
  streamReader,
  streamWriter,
  readError: readOpenAiError,
  writeError: writeOpenAiError,
  relay: chatRelay,
}
