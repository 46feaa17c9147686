// Embeddings of the Gemini API: one text (`:embedContent`), or up to a hundred (`:batchEmbedContents`).

import {
  type EmbeddingsRequest,
  type Exchange,
  type ExchangeDialect,
  isJsonObject,
  type Json,
  type JsonObject,
  type Usage,
  usageOf,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import {
  inGroups,
  normalised,
  readVectors,
  type TextsToEmbed,
  textsToEmbed,
} from '../embeddings-request.ts'
import { estimateInputTokens } from '../token-estimate.ts'
import { readObject } from '../upstream-fault.ts'
import { sumUsage } from '../usage-sum.ts'
import { chunkError, readError } from './errors.ts'
import { modelName, modelPath } from './names.ts'
import { readUsage } from './usage.ts'

const maxTexts = 100
/** Fields of Google's that callers may say: what the vectors are for, and the title of a document. */
export const googleFields: readonly string[] = ['task_type', 'title']

/** How the vectors are to be made, in Google's words. */
export function embeddingConfig({ dimensions, fields }: TextsToEmbed): JsonObject {
  const { task_type: taskType, title } = fields
  return { taskType, title, outputDimensionality: dimensions }
}

function writeRequest(group: readonly string[], asked: TextsToEmbed, model: string): WireRequest {
  const config = embeddingConfig(asked)
  const requests = group.map((text) => ({ content: { parts: [{ text }] }, ...config }))
  const { dropped } = asked
  if (requests.length === 1) {
    return { path: modelPath(model, 'embedContent'), body: JSON.stringify(requests[0]), dropped }
  }
  const named = requests.map((request) => ({ model: modelName(model), ...request }))
  const body = JSON.stringify({ requests: named })
  return { path: modelPath(model, 'batchEmbedContents'), body, dropped }
}

/** @throws HubError when it is no JSON object, or an error under a status of 200. */
function readEmbeddingsAnswer(body: Uint8Array, target: WireTarget): JsonObject {
  const answer = readObject(body, target)
  const error = chunkError(answer, target)
  if (error) throw error
  return answer
}

/** The numbers of an embedding, wherever that is one. */
function valuesOf(embedding: Json | undefined): Json {
  return (isJsonObject(embedding) ? embedding.values : null) ?? null
}

/** Older models report no usage. */
export function readEmbeddingsUsage(answer: JsonObject, texts: readonly string[]): Usage {
  const usage = readUsage(answer)
  return usage && usage.input > 0
    ? usage
    : usageOf({ input: estimateInputTokens(texts), estimated: true })
}

/** How one of Google's APIs embeds a group of texts. */
export interface GroupWording {
  most: number
  write(group: readonly string[]): WireRequest
  read(answer: JsonObject, group: readonly string[]): GroupOfEmbeddings
}

interface GroupOfEmbeddings {
  embeddings: readonly (Json | undefined)[]
  usage: Usage
}

/** Embeds the texts in groups. Vectors of a length that was asked for are normalised here. */
export function* embedInGroups(
  asked: TextsToEmbed,
  target: WireTarget,
  { most, write, read }: GroupWording,
): Exchange<'embeddings'> {
  const groups = inGroups(asked.texts, most)
  const answers = yield { do: 'send', requests: groups.map(write) }
  const vectors: Float32Array[] = []
  const usages: Usage[] = []
  answers.forEach(({ body }, index) => {
    const group = groups[index] ?? []
    const { embeddings, usage } = read(readEmbeddingsAnswer(body, target), group)
    vectors.push(...readVectors(embeddings.map(valuesOf), target, group.length))
    usages.push(usage)
  })
  return {
    model: target.model,
    vectors: asked.dimensions === undefined ? vectors : vectors.map(normalised),
    usage: sumUsage(usages),
  }
}

function exchange(request: EmbeddingsRequest, target: WireTarget): Exchange<'embeddings'> {
  const asked = textsToEmbed(request, target, googleFields)
  return embedInGroups(asked, target, {
    most: target.quirks.maxInputs ?? maxTexts,
    write: (group) => writeRequest(group, asked, target.model),
    read(answer, group) {
      const { embedding, embeddings } = answer
      const list = Array.isArray(embeddings) ? embeddings : [embedding]
      return { embeddings: list, usage: readEmbeddingsUsage(answer, group) }
    },
  })
}

/** Embeddings of the Gemini API. */
export const geminiEmbeddings: ExchangeDialect<'embeddings'> = {
  id: 'gemini-embeddings',
  operation: 'embeddings',
  exchange,
  readError,
}
