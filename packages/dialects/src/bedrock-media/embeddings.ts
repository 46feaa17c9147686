// Embeddings on Amazon Bedrock: every family of models has its own words, and takes one text or a few.

import {
  type EmbeddingsRequest,
  type Exchange,
  type ExchangeAnswer,
  type ExchangeDialect,
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type Usage,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readError } from '../bedrock-converse/errors.ts'
import { inGroups, readVectors, type TextsToEmbed, textsToEmbed } from '../embeddings-request.ts'
import { estimateInputTokens } from '../token-estimate.ts'
import { readObject } from '../upstream-fault.ts'
import { sumUsage } from '../usage-sum.ts'
import { invokeRequest } from './invoke.ts'

/** How one family of models is asked. */
interface Family {
  /** Texts a call. */
  size: number
  /** Fields of its own that callers may say. */
  fields: readonly string[]
  write(texts: readonly string[], asked: TextsToEmbed): JsonObject
  vectors(answer: JsonObject): Json | undefined
  /** Where the answer counts its tokens; it may be in a header as well. */
  countField?: string
}

const titan: Family = {
  size: 1,
  fields: ['normalize'],
  write([inputText = ''], { dimensions, fields }) {
    return { inputText, ...(dimensions !== undefined && { dimensions }), ...fields }
  },
  vectors: ({ embedding }) => [embedding ?? null],
  countField: 'inputTextTokenCount',
}

const cohere: Family = {
  size: 96,
  fields: ['input_type', 'truncate'],
  write(texts, { dimensions, fields }) {
    return {
      texts: [...texts],
      input_type: 'search_document',
      ...(dimensions !== undefined && { output_dimension: dimensions }),
      ...fields,
    }
  },
  vectors: ({ embeddings }) => (isJsonObject(embeddings) ? embeddings.float : embeddings),
}

/** Nova's words for what Cohere calls `input_type`. */
const purposes = new Map<Json | undefined, string>([
  ['search_query', 'GENERIC_RETRIEVAL'],
  ['classification', 'CLASSIFICATION'],
  ['clustering', 'CLUSTERING'],
])

const nova: Family = {
  size: 1,
  fields: ['input_type'],
  write([value = ''], { dimensions, fields }) {
    return {
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: {
        embeddingPurpose: purposes.get(fields.input_type) ?? 'GENERIC_INDEX',
        ...(dimensions !== undefined && { embeddingDimension: dimensions }),
        text: { truncationMode: 'END', value },
      },
    }
  },
  vectors: ({ embeddings }) =>
    Array.isArray(embeddings)
      ? embeddings.map((one) => (isJsonObject(one) ? (one.embedding ?? null) : null))
      : undefined,
  countField: 'inputTokenCount',
}

/** By the model's id, in which a region may come first; Titan's where it says nothing. */
function familyOf({ model }: WireTarget): Family {
  if (/\bcohere\.embed-/.test(model)) return cohere
  return /\bamazon\.nova-.*embed/.test(model) ? nova : titan
}

function readUsage(
  { headers }: ExchangeAnswer,
  answer: JsonObject,
  { countField }: Family,
  texts: readonly string[],
): Usage {
  const told = countField === undefined ? 0 : readCount(answer[countField])
  const input = told || readCount(Number(headers['x-amzn-bedrock-input-token-count']))
  return usageOf(input > 0 ? { input } : { input: estimateInputTokens(texts), estimated: true })
}

function* exchange(request: EmbeddingsRequest, target: WireTarget): Exchange<'embeddings'> {
  const family = familyOf(target)
  const asked = textsToEmbed(request, target, family.fields)
  const groups = inGroups(asked.texts, family.size)
  const answers = yield {
    do: 'send',
    requests: groups.map((texts) =>
      invokeRequest(family.write(texts, asked), target, asked.dropped),
    ),
  }
  const vectors: Float32Array[] = []
  const usages: Usage[] = []
  answers.forEach((given, index) => {
    const texts = groups[index] ?? []
    const answer = readObject(given.body, target)
    for (const vector of readVectors(family.vectors(answer), target, texts.length)) {
      vectors.push(vector)
    }
    usages.push(readUsage(given, answer, family, texts))
  })
  return { model: target.model, vectors, usage: sumUsage(usages) }
}

/** Embeddings of the models of Amazon and Cohere on Bedrock. */
export const bedrockEmbeddings: ExchangeDialect<'embeddings'> = {
  id: 'bedrock-embeddings',
  operation: 'embeddings',
  exchange,
  readError,
}
