import type { ModelRow } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { invalid } from '../gemini/fields.ts'

const usualPageSize = 100

function wireModel({ id, does }: ModelRow): JsonObject {
  return {
    name: `publishers/google/models/${id}`,
    versionId: 'default',
    openSourceCategory: 'PROPRIETARY',
    launchStage: 'GA',
    publisherModelTemplate: `projects/{project}/locations/{location}/publishers/google/models/${id}@default`,
    supportedActions: { description: does },
  }
}

/** One page of the publisher's models, as JSON text. @throws Problem for a page that is none. */
export function writePublisherModels(models: readonly ModelRow[], query: URLSearchParams): string {
  const size = Number(query.get('pageSize') ?? usualPageSize) || usualPageSize
  const start = Number(query.get('pageToken') ?? 0)
  if (!Number.isInteger(start) || start < 0 || start > models.length) {
    throw invalid('pageToken', 'it is not of this list')
  }
  const end = start + size
  const next = end < models.length ? { nextPageToken: String(end) } : {}
  return JSON.stringify({ publisherModels: models.slice(start, end).map(wireModel), ...next })
}

/** @throws Problem `modelNotFound` */
export function writePublisherModel(models: readonly ModelRow[], id: string): string {
  const row = models.find((model) => model.id === id)
  if (row) return JSON.stringify(wireModel(row))
  throw new Problem(
    'modelNotFound',
    `Publisher Model \`publishers/google/models/${id}\` not found.`,
  )
}
