// `POST /messages/count_tokens`: how many input tokens a request would have.

import {
  type ChatRequest,
  type InboundDialect,
  type JsonObject,
  type OutboundDialect,
  type RelayHalf,
  readCount,
  type TokenCount,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { estimateTokens } from '../token-estimate.ts'
import { refusedFields } from '../unsupported-fields.ts'
import { malformed } from '../upstream-fault.ts'
import { readAnswer, readError, writeError } from './errors.ts'
import { relayEdits } from './relay.ts'
import { readPrompt } from './request.ts'
import { countTokensHead, countTokensPath } from './wire-address.ts'
import { WriteContext } from './write-context.ts'
import { messagesMeaning, writeHeaders, writePrompt } from './write-request.ts'

type CountTokens = InboundDialect<'countTokens'> & OutboundDialect<'countTokens'>

/** Anthropic's count of tokens, which is free. */
export const anthropicCountTokens: CountTokens &
  Required<Pick<CountTokens, 'estimateReply'>> & {
    relay: Required<Pick<RelayHalf<'countTokens'>, 'edits' | 'readUsage'>>
  } = {
  id: 'anthropic-count-tokens',
  operation: 'countTokens',
  readRequest: readPrompt,
  writeRequest,
  readResponse,
  writeResponse: (_, { inputTokens }) => JSON.stringify({ input_tokens: inputTokens }),
  readError,
  writeError,
  estimateReply: (request) => ({ inputTokens: estimateTokens(request) }),
  relay: {
    edits: (body, request, target) =>
      relayEdits(body, request, target, {
        path: countTokensPath(target),
        head: countTokensHead(target),
      }),
    readUsage(body, target) {
      readResponse(body, target)
      return usageOf()
    },
  },
}

/** @throws HubError as for a message. What has no part in a count is left out, and is no loss. */
function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  const context = new WriteContext(request, target)
  const wire: JsonObject = { ...writePrompt(request, context), ...countTokensHead(target) }
  for (const field of ['max_tokens', 'metadata', 'container', 'inference_geo']) delete wire[field]
  const { remove, dropped } = refusedFields(wire, target, messagesMeaning)
  for (const field of remove) delete wire[field]
  const headers = writeHeaders(request, target, context.losses)
  const lost = new Set([...context.losses.dropped, ...dropped])
  const path = countTokensPath(target)
  return { path, headers, body: JSON.stringify(wire), dropped: [...lost] }
}

/** @throws HubError when there is no count in it. */
function readResponse(body: Uint8Array, target: WireTarget): TokenCount {
  const { input_tokens: count } = readAnswer(body, target)
  if (typeof count !== 'number') throw malformed(target, 'without a count')
  return { inputTokens: readCount(count) }
}
