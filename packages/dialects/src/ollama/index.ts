import type { ChatOutbound } from '../chat-dialect.ts'
import { readResponse, streamReader } from './answer-reader.ts'
import { readError } from './errors.ts'
import { writeRequest } from './write-request.ts'

/** Ollama's own chat (`POST /api/chat`), which streams JSON lines. Its errors are `{"error": "text"}`. */
export const ollamaChat: ChatOutbound = {
  id: 'ollama',
  operation: 'chat',
  writeRequest,
  readResponse,
  streamReader,
  readError,
}
