import type { InboundDialect } from '@aigne-hub/protocol'
import type { ChatInbound, ChatOutbound, ChatRelay } from '../chat-dialect.ts'
import { readOpenAiError, writeOpenAiError } from '../openai-errors.ts'
import { readRequest } from './read-request.ts'
import { dereference, referredTo } from './references.ts'
import { responseIdOf, responsesRelay } from './relay.ts'
import { readResponse, writeResponse } from './response.ts'
import { responseId } from './response-object.ts'
import { streamReader } from './stream-reader.ts'
import { streamWriter } from './stream-writer.ts'
import { writeRequest } from './write-request.ts'

export { responseIdOf } from './relay.ts'
export { ResponsesScanner } from './relay-scanner.ts'

/** OpenAI's Responses (`POST /responses`). Nothing is stored by providers unless a caller says so. */
export const openAiResponses: ChatInbound &
  Required<Pick<InboundDialect<'chat'>, 'storedAnswers'>> &
  ChatOutbound & { relay: ChatRelay } = {
  id: 'openai-responses',
  operation: 'chat',
  readRequest,
  writeRequest,
  readResponse,
  writeResponse,
  streamReader,
  streamWriter,
  readError: readOpenAiError,
  writeError: writeOpenAiError,
  storedAnswers: {
    uncontrolled: ['background', 'conversation'],
    idFor: responseId,
    readId: responseIdOf,
    referredTo,
    dereference,
  },
  relay: responsesRelay,
}
