// `POST /messages/count_tokens`: how many input tokens a request would have.

import {
  type ChatRequest,
  type InboundDialect,
  type JsonObject,
  type OutboundDialect,
  type Part,
  readCount,
  type TokenCount,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { refusedFields } from '../unsupported-fields.ts'
import { malformed } from '../upstream-fault.ts'
import { readAnswer, readError, writeError } from './errors.ts'
import { textOf } from './media.ts'
import { relayEdits } from './relay.ts'
import { readPrompt } from './request.ts'
import { shownText } from './thoughts.ts'
import { WriteContext } from './write-context.ts'
import { messagesMeaning, writeHeaders, writePrompt } from './write-request.ts'

const path = '/messages/count_tokens'

type CountTokens = InboundDialect<'countTokens'> & OutboundDialect<'countTokens'>

/** Anthropic's count of tokens, which is free. */
export const anthropicCountTokens: CountTokens &
  Required<Pick<CountTokens, 'estimateReply' | 'relay'>> = {
  id: 'anthropic-count-tokens',
  operation: 'countTokens',
  readRequest: readPrompt,
  writeRequest,
  readResponse,
  writeResponse: (_, { inputTokens, estimated }) =>
    JSON.stringify({ input_tokens: inputTokens, ...(estimated && { estimated }) }),
  readError,
  writeError,
  estimateReply: (request) => ({ inputTokens: estimateTokens(request), estimated: true }),
  relay: {
    edits: (body, request, target) => relayEdits(body, request, target, path),
    readUsage(body, target) {
      readResponse(body, target)
      return usageOf()
    },
  },
}

/** @throws HubError as for a message. What has no part in a count is left out, and is no loss. */
function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  const context = new WriteContext(request, target)
  const wire: JsonObject = { model: target.model, ...writePrompt(request, context) }
  for (const field of ['max_tokens', 'metadata', 'container', 'inference_geo']) delete wire[field]
  const { remove, dropped } = refusedFields(wire, target, messagesMeaning)
  for (const field of remove) delete wire[field]
  const headers = writeHeaders(request, target, context.losses)
  const lost = new Set([...context.losses.dropped, ...dropped])
  return { path, headers, body: JSON.stringify(wire), dropped: [...lost] }
}

/** @throws HubError when there is no count in it. */
function readResponse(body: Uint8Array, target: WireTarget): TokenCount {
  const { input_tokens: count } = readAnswer(body, target)
  if (typeof count !== 'number') throw malformed(target, 'without a count')
  return { inputTokens: readCount(count) }
}

/** Tokens of a picture or another thing that is not text: about those of a picture of a megapixel. */
const tokensPerMedia = 1600
const bytesPerToken = 4
const encoder = new TextEncoder()

/**
 * A guess for providers that cannot count: four bytes of text a token, rounded up, and 1600 tokens for
 * each picture or file that is not text. Words in English have about as many; other languages differ.
 */
function estimateTokens({ messages, tools, responseFormat }: ChatRequest): number {
  const parts = messages.flatMap((message) => message.parts).flatMap(flattened)
  const texts = parts.map(textIn)
  if (tools) texts.push(JSON.stringify(tools))
  if (responseFormat?.type === 'jsonSchema') texts.push(JSON.stringify(responseFormat.schema ?? {}))
  let bytes = 0
  let media = 0
  for (const text of texts) {
    if (text === undefined) media++
    else bytes += encoder.encode(text).length
  }
  return Math.ceil(bytes / bytesPerToken) + media * tokensPerMedia
}

const flattened = (part: Part): Part[] => (part.type === 'toolResult' ? part.content : [part])

/** The text of a part; undefined for a picture and the like. */
function textIn(part: Part): string | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text
    case 'reasoning':
      return shownText(part)
    case 'toolCall':
      return part.name + part.input
    case 'media':
      return part.mimeType?.startsWith('text/') ? textOf(part.data ?? '') : undefined
    case 'toolResult':
      return part.content.map(textIn).join('')
    case 'serverTool':
      return JSON.stringify(part.data)
    case 'native':
      return JSON.stringify(part.value)
  }
}
