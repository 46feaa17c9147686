// Embeddings by InvokeModel: every family has a format of its own.

import type { EmbeddingsOutcome } from '../../behaviour/embeddings.ts'
import type { Json, JsonObject } from '../../json.ts'
import { refused } from './errors.ts'
import {
  choiceIn,
  fieldNames,
  flagIn,
  invalid,
  listIn,
  numberIn,
  onlyFields,
  optionalChoice,
  structureIn,
  textIn,
} from './fields.ts'
import type { Family } from './model-ids.ts'

export interface EmbeddingsFormat {
  /** @throws Problem naming the field that cannot be read. */
  read(body: JsonObject): { inputs: string[]; dimensions: number }
  write(outcome: EmbeddingsOutcome, body: JsonObject, id: string): JsonObject
}

const anyInteger = { least: 1, most: Number.MAX_SAFE_INTEGER, isInteger: true }

function dimensionsIn(
  object: JsonObject,
  name: string,
  choices: readonly number[],
  path: string,
): number | undefined {
  const value = numberIn(object, name, anyInteger, path)
  if (value === undefined || choices.includes(value)) return value
  throw refused(
    `Malformed input request: #/${name}: ${value} is not a valid enum value, please reformat your input and try again.`,
  )
}

const numbers = (vector: Float32Array | undefined): number[] => [...(vector ?? [])]

const titanFields = fieldNames('inputText dimensions normalize embeddingTypes')

const titan: EmbeddingsFormat = {
  read(body) {
    onlyFields(body, titanFields, '')
    const text = textIn(body, 'inputText', '')
    if (text === '') throw refused('Malformed input request: expected minLength: 1')
    flagIn(body, 'normalize', '')
    const dimensions = dimensionsIn(body, 'dimensions', [256, 512, 1024], '') ?? 1024
    return { inputs: [text], dimensions }
  },
  write({ vectors, usage }) {
    return { embedding: numbers(vectors[0]), inputTextTokenCount: usage?.input }
  },
}

const cohereFields = fieldNames('texts input_type truncate output_dimension embedding_types')
const inputTypes = ['search_document', 'search_query', 'classification', 'clustering'] as const
const mostTexts = 96

const cohere: EmbeddingsFormat = {
  read(body) {
    onlyFields(body, cohereFields, '')
    choiceIn(body, 'input_type', inputTypes, '')
    optionalChoice(body, 'truncate', ['NONE', 'START', 'END'], '')
    const types =
      body.embedding_types == null ? [] : listIn(body.embedding_types, 'embedding_types')
    if (types.some((type) => type !== 'float')) {
      throw invalid('embedding_types', 'the simulator only has float')
    }
    const texts = listIn(body.texts, 'texts')
    if (texts.length === 0 || texts.length > mostTexts) {
      throw refused(
        `Malformed input request: #/texts: expected 1 to ${mostTexts} items, found ${texts.length}, please reformat your input and try again.`,
      )
    }
    const dimensions = dimensionsIn(body, 'output_dimension', [256, 512, 1024, 1536], '') ?? 1024
    return { inputs: texts.map(textOf), dimensions }
  },
  write({ vectors }, { texts, embedding_types: types }, id) {
    const embeddings = vectors.map(numbers)
    return types == null
      ? { id, texts, embeddings, response_type: 'embeddings_floats' }
      : { id, texts, embeddings: { float: embeddings }, response_type: 'embeddings_by_type' }
  },
}

function textOf(text: Json, at: number): string {
  if (typeof text === 'string' && text !== '') return text
  throw invalid(`texts.${at}`, 'it must be a text, and not empty')
}

const novaFields = fieldNames('schemaVersion taskType singleEmbeddingParams')
const paramsFields = fieldNames('embeddingPurpose embeddingDimension text')
const novaTextFields = fieldNames('truncationMode value')
const purposes = [
  'GENERIC_INDEX',
  'GENERIC_RETRIEVAL',
  'TEXT_RETRIEVAL',
  'DOCUMENT_RETRIEVAL',
  'CLASSIFICATION',
  'CLUSTERING',
] as const

const nova: EmbeddingsFormat = {
  read(body) {
    onlyFields(body, novaFields, '')
    choiceIn(body, 'taskType', ['SINGLE_EMBEDDING'], '')
    const path = 'singleEmbeddingParams'
    const params = structureIn(body.singleEmbeddingParams, paramsFields, path)
    choiceIn(params, 'embeddingPurpose', purposes, path)
    const text = structureIn(params.text, novaTextFields, `${path}.text`)
    choiceIn(text, 'truncationMode', ['START', 'END', 'NONE'], `${path}.text`)
    const value = textIn(text, 'value', `${path}.text`)
    if (value === '') throw invalid(`${path}.text.value`, 'it must not be empty')
    const sizes = [256, 384, 1024, 3072]
    const dimensions = dimensionsIn(params, 'embeddingDimension', sizes, path) ?? 3072
    return { inputs: [value], dimensions }
  },
  write({ vectors, usage }) {
    const embeddings = vectors.map((vector) => ({
      embeddingType: 'TEXT',
      embedding: numbers(vector),
    }))
    return { embeddings, inputTokenCount: usage?.input }
  },
}

const formats: Partial<Record<Family, EmbeddingsFormat>> = { titan, cohere, novaEmbeddings: nova }

/** The simulator's own `embed-256` speaks as Titan does. */
export function embeddingsFormatOf(family: Family): EmbeddingsFormat {
  return formats[family] ?? titan
}
