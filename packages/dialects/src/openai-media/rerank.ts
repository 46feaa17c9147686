// Documents put in the order of how well they answer a query (`POST /rerank`), both ways: the shape that
// Cohere, Jina and vLLM share. Read as well: Voyage's answers and those of text-embeddings-inference.

import {
  type InboundDialect,
  isJsonObject,
  type Json,
  type JsonBody,
  type JsonObject,
  type OutboundDialect,
  type RankedDocument,
  type RerankRequest,
  type RerankResponse,
  readCount,
  type Usage,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readAnswer, readOpenAiError, writeOpenAiError } from '../openai-errors.ts'
import { completeUsage, usageDetails } from '../openai-usage.ts'
import {
  optionalArray,
  optionalBoolean,
  optionalInteger,
  otherFields,
  put,
  refuse,
  refuseKind,
  requiredString,
} from '../read-field.ts'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { malformed, parseJson } from '../upstream-fault.ts'
import { type JsonRelay, jsonRelay } from './json-relay.ts'

const path = '/rerank'
const knownFields: readonly string[] = ['model', 'query', 'documents', 'top_n', 'return_documents']
const meaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['top_n', () => true],
  ['return_documents', (value) => value === true],
])

function readRequest({ value: fields }: JsonBody): RerankRequest {
  const request: RerankRequest = {
    model: requiredString(fields, 'model', ''),
    query: requiredString(fields, 'query', ''),
    documents: readDocuments(fields),
  }
  put(request, 'topN', optionalInteger(fields, 'top_n', '', 1))
  put(request, 'returnDocuments', optionalBoolean(fields, 'return_documents', ''))
  put(request, 'extensions', otherFields(fields, knownFields))
  return request
}

function readDocuments(fields: JsonObject): RerankRequest['documents'] {
  const list = optionalArray(fields, 'documents', '')
  if (list === undefined) return refuseKind('documents', 'an array of documents', undefined)
  if (list.length === 0) return refuse('documents', 'an array of at least one document')
  return list.map((entry, index) => {
    if (typeof entry === 'string' || isJsonObject(entry)) return entry
    return refuseKind(`documents[${index}]`, 'a string or an object with a text', entry)
  })
}

function writeRequest(request: RerankRequest, target: WireTarget): WireRequest {
  const { query, documents, topN, returnDocuments, extensions } = request
  const wire: JsonObject = { ...extensions, model: target.model, query, documents }
  if (topN !== undefined) wire.top_n = topN
  if (returnDocuments !== undefined) wire.return_documents = returnDocuments
  const { remove, dropped } = refusedFields(wire, target, meaning)
  for (const field of remove) delete wire[field]
  return { path, body: JSON.stringify(wire), dropped }
}

function readResponse(body: Uint8Array, target: WireTarget): RerankResponse {
  const answer = readOneAnswer(body, target)
  const { id, model } = answer
  const list = answer.results ?? answer.data
  if (!Array.isArray(list)) throw malformed(target, 'without results')
  const results = list.map((entry) => readResult(entry, target))
  return {
    ...(typeof id === 'string' && id !== '' && { id }),
    model: typeof model === 'string' && model !== '' ? model : target.model,
    results: results.sort((one, other) => other.score - one.score),
    usage: readUsage(answer),
  }
}

/** The answer as an object: text-embeddings-inference sends the results alone. */
function readOneAnswer(body: Uint8Array, target: WireTarget): JsonObject {
  const value = parseJson(body)
  const isList = Array.isArray(value) && !(isJsonObject(value[0]) && 'error' in value[0])
  return isList ? { results: value } : readAnswer(body, target)
}

function readResult(entry: Json, target: WireTarget): RankedDocument {
  const {
    index,
    relevance_score: relevance,
    score,
    document,
    text,
  } = isJsonObject(entry) ? entry : {}
  const found = relevance ?? score
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) {
    throw malformed(target, 'with a result of no document')
  }
  if (typeof found !== 'number') throw malformed(target, 'with a result without a score')
  const given = document ?? text
  const shown = typeof given === 'string' || isJsonObject(given) ? { document: given } : {}
  return { index, score: found, ...shown }
}

/** Tokens (Jina, Voyage, Cohere), a cost (OpenRouter), searches (Cohere); documents always. */
function readUsage({ usage, meta }: JsonObject): Usage {
  const details = usageDetails(meta)
  const billed = usageDetails(details.billed_units)
  const report = isJsonObject(usage) ? usage : details
  const tokens = usageDetails(details.tokens)
  const searches = readCount(billed.search_units ?? usageDetails(usage).search_units)
  const read = usageOf({
    input: readCount(report.prompt_tokens ?? report.total_tokens ?? tokens.input_tokens),
    ...(searches > 0 && { serverToolRequests: { rerank: searches } }),
  })
  completeUsage(read, report, undefined)
  if (read.input === 0 && searches === 0 && read.providerCost === undefined) read.estimated = true
  return read
}

function writeResponse(_: unknown, { id, model, results, usage }: RerankResponse): string {
  const { input, serverToolRequests } = usage
  const searches = serverToolRequests.rerank
  return JSON.stringify({
    id,
    model,
    results: results.map(({ index, score, document }) => ({
      index,
      relevance_score: score,
      document: typeof document === 'string' ? { text: document } : document,
    })),
    usage: input > 0 ? { prompt_tokens: input, total_tokens: input } : undefined,
    meta: searches === undefined ? undefined : { billed_units: { search_units: searches } },
  })
}

/** The wire of rerankers. */
export const rerank: InboundDialect<'rerank'> &
  OutboundDialect<'rerank'> & { readonly relay: JsonRelay<'rerank'> } = {
  id: 'rerank',
  operation: 'rerank',
  readRequest,
  writeRequest,
  readResponse,
  writeResponse,
  readError: readOpenAiError,
  writeError: writeOpenAiError,
  relay: jsonRelay(path, meaning, readResponse),
}
