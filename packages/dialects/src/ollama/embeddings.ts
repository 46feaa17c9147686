// Ollama's embeddings (`POST /api/embed`).

import {
  type EmbeddingsRequest,
  type EmbeddingsResponse,
  type JsonObject,
  type OutboundDialect,
  readCount,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readVectors, textsToEmbed } from '../embeddings-request.ts'
import { readAnswer } from '../openai-errors.ts'
import { estimateInputTokens } from '../token-estimate.ts'
import { readError } from './errors.ts'

/** Fields of Ollama's that callers may say. */
const ownFields = ['truncate', 'keep_alive', 'options']

function writeRequest(request: EmbeddingsRequest, target: WireTarget): WireRequest {
  const { texts, dimensions, fields, dropped } = textsToEmbed(request, target, ownFields)
  const wire: JsonObject = { ...fields, model: target.model, input: texts, dimensions }
  return { path: '/api/embed', body: JSON.stringify(wire), dropped }
}

function readResponse(
  body: Uint8Array,
  target: WireTarget,
  request?: EmbeddingsRequest,
): EmbeddingsResponse {
  const answer = readAnswer(body, target)
  const { model, embeddings } = answer
  const input = readCount(answer.prompt_eval_count)
  const guessed = { input: request ? estimateInputTokens(request.input) : 0, estimated: true }
  return {
    model: typeof model === 'string' && model !== '' ? model : target.model,
    vectors: readVectors(embeddings, target, request?.input.length),
    usage: usageOf(input > 0 ? { input } : guessed),
  }
}

/** Ollama's own embeddings. Texts that are too long are cut, unless the caller says `truncate: false`. */
export const ollamaEmbeddings: OutboundDialect<'embeddings'> = {
  id: 'ollama-embeddings',
  operation: 'embeddings',
  writeRequest,
  readResponse,
  readError,
}
