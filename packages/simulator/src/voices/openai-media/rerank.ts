// Ranking as Cohere and Jina have it, whose answers are told together.

import type { RerankOutcome } from '../../behaviour/rerank.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { flag, invalid, missing, numberOf, requiredText } from '../openai/fields.ts'
import { bodyOf } from '../openai/replies.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'
import type { VoiceContext } from '../voice.ts'
import { type MediaNames, mediaModel } from './media-names.ts'

const mostDocuments = 1000

/** What a vendor's ranking differs in. */
export interface RerankStyle {
  names?: MediaNames
  /** Whether the documents come back where the request does not say. */
  returnsDocuments?: boolean
  /** Fields at the top of an answer, in place of Cohere's and Jina's. */
  top?(outcome: RerankOutcome, context: VoiceContext): JsonObject
}

/** Texts in the order of how well they fit a query. */
export function rerankRoute(style: RerankStyle = {}): Route {
  const { names, returnsDocuments = false, top = usualTop } = style
  return (request, context) => {
    const { behaviour } = context
    const body = bodyOf(request)
    const name = requiredText(body, 'model')
    const model = mediaModel(name, 'rerank', behaviour, names)
    const query = requiredText(body, 'query')
    const documents = readDocuments(body.documents)
    const countRule = { least: 1, most: Number.MAX_SAFE_INTEGER, isInteger: true }
    const count = numberOf(body, 'top_n', countRule) ?? documents.length
    const isReturned = flag(body, 'return_documents', returnsDocuments)
    const outcome = behaviour.rerank({ model, query, documents, count })
    const results = outcome.ranking.map(({ index, score }) => ({
      index,
      relevance_score: score,
      ...(isReturned ? { document: { text: documents[index] ?? '' } } : {}),
    }))
    return wholeReply({ ...top(outcome, context), model: name, results })
  }
}

function usualTop({ usage }: RerankOutcome, { requestId }: VoiceContext): JsonObject {
  return {
    id: requestId,
    object: 'list',
    ...(usage ? { usage: { prompt_tokens: usage.input, total_tokens: usage.total } } : {}),
    meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
  }
}

function readDocuments(value: Json | undefined): string[] {
  if (value === undefined || value === null) throw missing('documents')
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid('documents', 'it must be a list that is not empty')
  }
  if (value.length > mostDocuments) {
    throw invalid('documents', `it takes at most ${mostDocuments} documents`)
  }
  return value.map((one) => {
    const text = isObject(one) ? one.text : one
    if (typeof text !== 'string') {
      throw invalid('documents', 'each must be a text, or an object with a text')
    }
    return text
  })
}
