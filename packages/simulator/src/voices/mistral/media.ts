import type { HarmKind, Judgement } from '../../behaviour/moderations.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { choiceOf, requiredText } from '../openai/fields.ts'
import { bodyOf } from '../openai/replies.ts'
import { without } from '../openai-family/body.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route, Routes } from '../openai-family/vendor.ts'
import { embeddingsRoute } from '../openai-media/embeddings.ts'
import { type MediaNames, mediaModel } from '../openai-media/media-names.ts'
import { readInput } from '../openai-media/moderations.ts'
import { onlyKnown } from './fields.ts'

const names: MediaNames = [
  [/^(?:mistral|codestral)-embed/, 'embed-256'],
  [/^mistral-moderation-/, 'moderation'],
]

const embeddingFields = new Set(
  'model input output_dimension output_dtype encoding_format metadata'.split(' '),
)
const dataTypes = ['float', 'int8', 'uint8', 'binary', 'ubinary'] as const

function readEmbeddings(body: JsonObject): JsonObject {
  onlyKnown(body, embeddingFields, [])
  if (choiceOf(body, 'output_dtype', dataTypes, 'float') !== 'float') {
    throw new Problem('unsupportedValue', 'The simulator only has floats.', 'output_dtype')
  }
  const { output_dimension: dimensions } = body
  return { ...without(body, 'output_dimension'), ...(dimensions == null ? {} : { dimensions }) }
}

/** Mistral's categories; those of no harm to anybody are never met. */
const categories: readonly (readonly [name: string, kind: HarmKind | undefined])[] = [
  ['sexual', 'sexual'],
  ['hate_and_discrimination', 'hate'],
  ['violence_and_threats', 'violence'],
  ['dangerous_and_criminal_content', 'illicit'],
  ['selfharm', 'selfHarm'],
  ['health', undefined],
  ['financial', undefined],
  ['law', undefined],
  ['pii', undefined],
]
const threshold = 0.5

function writeJudgement({ scores }: Judgement): JsonObject {
  const rows = categories.map(([name, kind]) => [name, kind ? scores[kind] : 0.001] as const)
  return {
    categories: Object.fromEntries(rows.map(([name, score]) => [name, score >= threshold])),
    category_scores: Object.fromEntries(rows),
  }
}

const moderations: Route = (request, { behaviour, requestId }) => {
  const body = bodyOf(request)
  onlyKnown(body, new Set(['model', 'input', 'metadata']), [])
  const name = requiredText(body, 'model')
  const model = mediaModel(name, 'moderations', behaviour, names)
  const { texts } = readInput(body.input)
  const { judgements, usage } = behaviour.moderations({ model, texts })
  return wholeReply({
    id: requestId,
    model: name,
    results: judgements.map(writeJudgement),
    ...(usage
      ? { usage: { prompt_tokens: usage.input, completion_tokens: 0, total_tokens: usage.total } }
      : {}),
  })
}

export const mediaRoutes: Routes = {
  'POST /v1/embeddings': embeddingsRoute({
    names,
    read: readEmbeddings,
    usage: ({ input, total }) => ({
      prompt_tokens: input,
      completion_tokens: 0,
      total_tokens: total,
    }),
    top: ({ requestId }) => ({ id: requestId }),
  }),
  'POST /v1/moderations': moderations,
}
