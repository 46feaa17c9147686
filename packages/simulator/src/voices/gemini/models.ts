import type { ModelRow, SimulatedOperation } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { invalid } from './fields.ts'

const inputLimit = 131_072
const outputLimit = 131_072
const usualPageSize = 50
const mostPageSize = 1000

const methodRows: readonly (readonly [SimulatedOperation, readonly string[]])[] = [
  ['chat', ['generateContent', 'countTokens']],
  ['images', ['generateContent']],
  ['embeddings', ['embedContent', 'batchEmbedContents']],
  ['video', ['predictLongRunning']],
]

function wireModel({ id, does, operations, reasoning = false }: ModelRow): JsonObject {
  const isOfMethod = ([operation]: (typeof methodRows)[number]) => operations.includes(operation)
  return {
    name: `models/${id}`,
    version: '001',
    displayName: id,
    description: does,
    inputTokenLimit: inputLimit,
    outputTokenLimit: outputLimit,
    supportedGenerationMethods: [
      ...new Set(methodRows.filter(isOfMethod).flatMap(([, methods]) => methods)),
    ],
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 2,
    ...(reasoning ? { thinking: true } : {}),
  }
}

/**
 * One page of the models, as JSON text.
 * @param query `pageSize` (50; at most 1000) and `pageToken` of the page before
 * @throws Problem for a size or a token that is none.
 */
export function writeModels(models: readonly ModelRow[], query: URLSearchParams): string {
  const size = Number(query.get('pageSize') ?? usualPageSize) || usualPageSize
  if (!Number.isInteger(size) || size < 0) throw invalid('pageSize', 'it must be a whole number')
  const start = Number(query.get('pageToken') ?? 0)
  if (!Number.isInteger(start) || start < 0 || start > models.length) {
    throw invalid('pageToken', 'it is not of this list')
  }
  const end = start + Math.min(size, mostPageSize)
  const next = end < models.length ? { nextPageToken: String(end) } : {}
  return JSON.stringify({ models: models.slice(start, end).map(wireModel), ...next })
}

/** @throws Problem `modelNotFound` */
export function writeModel(models: readonly ModelRow[], id: string): string {
  const row = models.find((model) => model.id === id)
  if (row) return JSON.stringify(wireModel(row))
  const message = `models/${id} is not found for API version v1beta, or is not supported for generateContent. Call ModelService.ListModels to see the list of available models and their supported methods.`
  throw new Problem('modelNotFound', message)
}
