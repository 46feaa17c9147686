import type { InboundDialect, OutboundDialect, RelayHalf } from '@aigne-hub/protocol'
import { readError, writeError } from './errors.ts'
import { messagesRelay } from './relay.ts'
import { readRequest } from './request.ts'
import { readResponse, writeResponse } from './response.ts'
import { streamReader } from './stream-reader.ts'
import { streamWriter } from './stream-writer.ts'
import { writeRequest } from './write-request.ts'

export { anthropicCountTokens } from './count-tokens.ts'

/** Anthropic's Messages (`POST /messages`), as Anthropic documents it. */
export const anthropicMessages: InboundDialect<'chat'> &
  Required<OutboundDialect<'chat'>> &
  Required<Pick<InboundDialect<'chat'>, 'streamWriter'>> & { relay: Required<RelayHalf<'chat'>> } =
  {
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
