// How many tokens a request has (`POST /models/{model}:countTokens`), both ways.

import {
  type CallAddress,
  type ChatRequest,
  type Headers,
  type InboundDialect,
  type JsonBody,
  type OutboundDialect,
  type ReplyContext,
  readCount,
  type TokenCount,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { Losses } from '../losses.ts'
import { optionalObject } from '../read-field.ts'
import { estimateTokens } from '../token-estimate.ts'
import { malformed, readObject } from '../upstream-fault.ts'
import { chunkError, readError, writeError } from './errors.ts'
import { camelKeys, modelName, modelPath } from './names.ts'
import { readContentRequest, writeContentRequest } from './request.ts'

/** The request stands in `generateContentRequest`, or only its contents do at the top. */
function readRequest(body: JsonBody, _headers: Headers, address?: CallAddress): ChatRequest {
  const fields = camelKeys(body.value)
  const inner = optionalObject(fields, 'generateContentRequest', '')
  return readContentRequest(inner ?? fields, address?.model)
}

/** What an answer would be like does not count, only what it would answer. */
function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  const { model, messages, tools, toolChoice } = request
  const asked: ChatRequest = { model, messages, sampling: {} }
  if (tools) asked.tools = tools
  if (toolChoice !== undefined) asked.toolChoice = toolChoice
  const losses = new Losses(target)
  const generateContentRequest = {
    model: modelName(target.model),
    ...writeContentRequest(asked, target, losses),
  }
  return {
    path: modelPath(target.model, 'countTokens'),
    body: JSON.stringify({ generateContentRequest }),
    dropped: losses.dropped,
  }
}

function readResponse(body: Uint8Array, target: WireTarget): TokenCount {
  const answer = readObject(body, target)
  const error = chunkError(answer, target)
  if (error) throw error
  if (typeof answer.totalTokens !== 'number') throw malformed(target, 'without a count')
  return { inputTokens: readCount(answer.totalTokens) }
}

function writeResponse(_: ReplyContext<'countTokens'>, { inputTokens }: TokenCount): string {
  return JSON.stringify({
    totalTokens: inputTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: inputTokens }],
  })
}

type Inbound = InboundDialect<'countTokens'> &
  Required<Pick<InboundDialect<'countTokens'>, 'estimateReply'>>

export const geminiCountTokens: Inbound & OutboundDialect<'countTokens'> = {
  id: 'gemini-count-tokens',
  operation: 'countTokens',
  readRequest,
  writeRequest,
  readResponse,
  writeResponse,
  estimateReply: (request) => ({ inputTokens: estimateTokens(request) }),
  readError,
  writeError,
}
