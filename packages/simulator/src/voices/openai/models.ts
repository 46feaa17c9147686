import type { ModelRow } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'

/** Unix seconds; all models are equally old. */
const created = 1_790_000_000

function wireModel({ id }: ModelRow): JsonObject {
  return { id, object: 'model', created, owned_by: 'simulator' }
}

export function writeModels(models: readonly ModelRow[]): string {
  return JSON.stringify({ object: 'list', data: models.map(wireModel) })
}

/** @throws Problem `modelNotFound` */
export function writeModel(models: readonly ModelRow[], id: string): string {
  const row = models.find((model) => model.id === id)
  if (row) return JSON.stringify(wireModel(row))
  throw new Problem('modelNotFound', `The simulator has no model \`${id}\`.`, 'model')
}
