import type { ChatOutbound } from '../chat-dialect.ts'
import { readError } from './errors.ts'
import { readResponse } from './response.ts'
import { streamReader } from './stream-reader.ts'
import { writeRequest } from './write-request.ts'

/** Amazon Bedrock's Converse (`POST /model/{id}/converse`), towards providers only. */
export const bedrockConverse: ChatOutbound = {
  id: 'bedrock-converse',
  operation: 'chat',
  writeRequest,
  readResponse,
  streamReader,
  readError,
}
