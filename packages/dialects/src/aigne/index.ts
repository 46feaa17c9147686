import type { ChatInbound } from '../chat-dialect.ts'
import { writeError } from './errors.ts'
import { readRequest } from './request.ts'
import { writeResponse } from './response.ts'
import { streamWriter } from './stream-writer.ts'

/**
 * The chat wire of the published AIGNE clients (`POST /api/v2/chat`), `@aigne/aigne-hub` 0.1 to 0.10.
 * Inbound only: no provider speaks it.
 */
export const aigneChat: ChatInbound = {
  id: 'aigne',
  operation: 'chat',
  readRequest,
  writeResponse,
  streamWriter,
  writeError,
}
