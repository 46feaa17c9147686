// Embeddings on Vertex AI: `:predict` with up to 250 texts, or `:embedContent` with one.

import {
  type EmbeddingsRequest,
  type Exchange,
  type ExchangeDialect,
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type Usage,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { type TextsToEmbed, textsToEmbed } from '../embeddings-request.ts'
import {
  embeddingConfig,
  embedInGroups,
  googleFields,
  readEmbeddingsUsage,
} from '../gemini/embeddings.ts'
import { readError } from '../gemini/errors.ts'
import { modelPath } from '../gemini/names.ts'
import { estimateInputTokens } from '../token-estimate.ts'

const maxTexts = 250
/** The Gemini API refuses the last of them. */
const ownFields = [...googleFields, 'auto_truncate']

function writeRequest(
  group: readonly string[],
  asked: TextsToEmbed,
  { model, quirks }: WireTarget,
): WireRequest {
  const { dropped } = asked
  const { auto_truncate: autoTruncate } = asked.fields
  const config: JsonObject = { ...embeddingConfig(asked), autoTruncate }
  if (quirks.embedsContent) {
    const content = { parts: [{ text: group[0] ?? '' }] }
    const body = JSON.stringify({ content, embedContentConfig: config })
    return { path: modelPath(model, 'embedContent'), body, dropped }
  }
  const { taskType, title, ...parameters } = config
  const instances = group.map((content) => ({ content, task_type: taskType, title }))
  return {
    path: modelPath(model, 'predict'),
    body: JSON.stringify({ instances, parameters }),
    dropped,
  }
}

/** What was predicted for one text. */
function predictionsOf({ predictions }: JsonObject): JsonObject[] {
  const list: Json[] = Array.isArray(predictions) ? predictions : []
  return list.map((prediction) => {
    const embeddings = isJsonObject(prediction) ? prediction.embeddings : undefined
    return isJsonObject(embeddings) ? embeddings : {}
  })
}

function predictedUsage(predictions: readonly JsonObject[], texts: readonly string[]): Usage {
  let input = 0
  for (const { statistics } of predictions) {
    if (isJsonObject(statistics)) input += readCount(statistics.token_count)
  }
  return usageOf(input > 0 ? { input } : { input: estimateInputTokens(texts), estimated: true })
}

function exchange(request: EmbeddingsRequest, target: WireTarget): Exchange<'embeddings'> {
  const { embedsContent, maxInputs = maxTexts } = target.quirks
  const asked = textsToEmbed(request, target, ownFields)
  return embedInGroups(asked, target, {
    most: embedsContent ? 1 : maxInputs,
    write: (group) => writeRequest(group, asked, target),
    read(answer, group) {
      if (embedsContent) {
        return { embeddings: [answer.embedding], usage: readEmbeddingsUsage(answer, group) }
      }
      const embeddings = predictionsOf(answer)
      return { embeddings, usage: predictedUsage(embeddings, group) }
    },
  })
}

/** Embeddings of Google's models on Vertex AI, whose addresses are as the Gemini API's. */
export const vertexEmbeddings: ExchangeDialect<'embeddings'> = {
  id: 'vertex-embeddings',
  operation: 'embeddings',
  exchange,
  readError,
}
