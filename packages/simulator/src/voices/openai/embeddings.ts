import {
  type EmbeddingsOutcome,
  type EmbeddingsQuestion,
  embeddingTokens,
} from '../../behaviour/embeddings.ts'
import type { Behaviour } from '../../behaviour/index.ts'
import type { Json, JsonObject } from '../../json.ts'
import { type MediaNames, mediaModel } from '../openai-media/media-names.ts'
import { choiceOf, invalid, missing, numberOf, requiredText } from './fields.ts'

const fullDimensions = 256
const mostInputs = 2048
const mostTokens = 8192

/** @throws Problem naming the field that cannot be read. */
export function readEmbeddings(
  body: JsonObject,
  behaviour: Behaviour,
  names?: MediaNames,
): { question: EmbeddingsQuestion; isBase64: boolean } {
  const model = mediaModel(requiredText(body, 'model'), 'embeddings', behaviour, names)
  const inputs = readInputs(body.input)
  const dimensionsRule = { least: 1, most: fullDimensions, isInteger: true }
  return {
    question: {
      model,
      inputs,
      dimensions: numberOf(body, 'dimensions', dimensionsRule) ?? fullDimensions,
    },
    isBase64: choiceOf(body, 'encoding_format', ['float', 'base64'], 'float') === 'base64',
  }
}

function readInputs(input: Json | undefined): EmbeddingsQuestion['inputs'] {
  if (input === undefined || input === null) throw missing('input')
  // One list of token ids is one input, a list of lists several.
  const list = isTokenIds(input) ? [input] : [input].flat()
  if (list.length === 0) throw invalid('input', 'it must not be empty')
  if (list.length > mostInputs) throw invalid('input', `it takes at most ${mostInputs} inputs`)
  return list.map((one) => {
    const isText = typeof one === 'string' && one !== ''
    if (!isText && !isTokenIds(one)) {
      throw invalid('input', 'every input must be a text, or a list of token ids, and not empty')
    }
    if (embeddingTokens(one) > mostTokens) {
      throw invalid('input', `every input takes at most ${mostTokens} tokens`)
    }
    return one
  })
}

function isTokenIds(value: Json): value is number[] {
  if (!Array.isArray(value) || value.length === 0) return false
  return value.every((id) => typeof id === 'number' && Number.isInteger(id) && id >= 0)
}

/** Base64 is the raw numbers: float32, little-endian. */
function base64Of(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4)
  vector.forEach((value, at) => {
    bytes.writeFloatLE(value, at * 4)
  })
  return bytes.toString('base64')
}

/** A `list` of `embedding`. @param model as the request names it */
export function writeEmbeddings(
  model: string,
  { vectors, usage }: EmbeddingsOutcome,
  isBase64: boolean,
): JsonObject {
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: isBase64 ? base64Of(vector) : [...vector],
    })),
    model,
    ...(usage ? { usage: { prompt_tokens: usage.input, total_tokens: usage.total } } : {}),
  }
}
