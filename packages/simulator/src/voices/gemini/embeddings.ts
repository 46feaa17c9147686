import type { EmbeddingsOutcome } from '../../behaviour/embeddings.ts'
import type { Json, JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { mediaModel } from '../openai-media/media-names.ts'
import type { VoiceContext } from '../voice.ts'
import { readContents } from './contents.ts'
import { choiceOf, fieldNames, invalid, listOf, messageOf, numberOf, textOf } from './fields.ts'
import type { Method } from './methods.ts'
import { googleNames } from './model-names.ts'
import { bodyOf, jsonReply } from './replies.ts'

const requestFields = fieldNames(
  'model content taskType title outputDimensionality embedContentConfig',
)
const configFields = fieldNames(
  'taskType title outputDimensionality autoTruncate documentOcr audioTrackExtraction',
)
const batchFields = fieldNames('requests')
const taskTypes = [
  'TASK_TYPE_UNSPECIFIED',
  'RETRIEVAL_QUERY',
  'RETRIEVAL_DOCUMENT',
  'SEMANTIC_SIMILARITY',
  'CLASSIFICATION',
  'CLUSTERING',
  'QUESTION_ANSWERING',
  'FACT_VERIFICATION',
  'CODE_RETRIEVAL_QUERY',
] as const
const mostRequests = 100
const ownDimensions = 256
const googleDimensions = 3072

/** How long the vectors of a model are where nothing shorter is asked for. */
function fullDimensions(name: string): number {
  return googleNames.some(([form]) => form.test(name)) ? googleDimensions : ownDimensions
}

/** What one text is to become. */
export interface EmbeddingAsked {
  text: string
  /** Undefined: all of them. */
  dimensions: number | undefined
}

/** @throws Problem for a task type or a number of dimensions that there is not. */
export function readEmbeddingConfig(config: JsonObject, name: string, path: string) {
  choiceOf(config.taskType, taskTypes, `${path}taskType`)
  const most = fullDimensions(name)
  const rule = { least: 1, most, isInteger: true }
  return numberOf(config.outputDimensionality, rule, `${path}outputDimensionality`)
}

/**
 * One vector a text. Shorter ones are the beginning of the full ones, as Google's are: not of unit length.
 * @param name as the path names the model
 */
export function embedAll(
  asked: readonly EmbeddingAsked[],
  name: string,
  { behaviour }: VoiceContext,
): { vectors: number[][]; usage: EmbeddingsOutcome['usage'] } {
  const model = mediaModel(name, 'embeddings', behaviour, googleNames)
  const inputs = asked.map(({ text }) => text)
  const dimensions = fullDimensions(name)
  const { vectors, usage } = behaviour.embeddings({ model, inputs, dimensions })
  const cut = vectors.map((vector, at) => [...vector.subarray(0, asked[at]?.dimensions)])
  return { vectors: cut, usage }
}

function readRequest(value: Json | undefined, name: string, path: string): EmbeddingAsked {
  const prefix = path === '' ? '' : `${path}.`
  const request = messageOf(value, requestFields, path)
  const inner = request.embedContentConfig
  const config =
    inner === undefined ? request : messageOf(inner, configFields, `${prefix}embedContentConfig`)
  if (request.model !== undefined && textOf(request.model, `${prefix}model`) !== `models/${name}`) {
    throw invalid(`${prefix}model`, 'it must be the model of the path')
  }
  const turns = readContents(request.content === undefined ? [] : [request.content], false)
  return {
    text: turns.map(({ text }) => text).join('\n'),
    dimensions: readEmbeddingConfig(config, name, prefix),
  }
}

/** The older model does not tell usage. */
function usageOf(name: string, usage: EmbeddingsOutcome['usage']): JsonObject {
  if (!usage || name === 'gemini-embedding-001') return {}
  const { input } = usage
  const details =
    typeof input === 'number'
      ? { promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }] }
      : {}
  return { usageMetadata: { promptTokenCount: input, totalTokenCount: usage.total, ...details } }
}

export const embed: Method = (request, name, context) => {
  const asked = readRequest(bodyOf(request), name, '')
  const { vectors, usage } = embedAll([asked], name, context)
  const [values = []] = vectors
  return jsonReply(JSON.stringify({ embedding: { values }, ...usageOf(name, usage) }), context)
}

export const batchEmbed: Method = (request, name, context) => {
  const { requests } = messageOf(bodyOf(request), batchFields, '')
  const list = listOf(requests, 'requests')
  if (list.length === 0) throw invalid('requests', 'it must not be empty')
  if (list.length > mostRequests) {
    const message = `* BatchEmbedContentsRequest.requests: at most ${mostRequests} requests can be in one batch\n`
    throw new Problem('invalidRequest', message, 'requests')
  }
  const asked = list.map((one, at) => readRequest(one, name, `requests[${at}]`))
  const { vectors, usage } = embedAll(asked, name, context)
  const embeddings = vectors.map((values) => ({ values }))
  return jsonReply(JSON.stringify({ embeddings, ...usageOf(name, usage) }), context)
}
