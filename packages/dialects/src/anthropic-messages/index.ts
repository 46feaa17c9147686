import type { ChatInbound, ChatOutbound, ChatRelay } from '../chat-dialect.ts'
import { readError, writeError } from './errors.ts'
import { messagesRelay } from './relay.ts'
import { readRequest } from './request.ts'
import { readResponse, writeResponse } from './response.ts'
import { streamReader } from './stream-reader.ts'
import { streamWriter } from './stream-writer.ts'
import { writeRequest } from './write-request.ts'

export { anthropicCountTokens } from './count-tokens.ts'

/** Anthropic's Messages (`POST /messages`), as Anthropic documents it. */
export const anthropicMessages: ChatInbound & ChatOutbound & { relay: ChatRelay } = {
  id: 'anthropic-messages',
  operation: 'chat',
  readRequest,
  writeRequest,
  readResponse,
  writeResponse,
  streamReader,
  streamWriter,
  readError,
  writeError,
  relay: messagesRelay,
}
