import type { ModelRow } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { listedModels, type ModelNames } from './model-names.ts'
import { wholeReply } from './replies.ts'
import type { Route } from './vendor.ts'

/** Unix seconds; all models are equally old. */
export const modelCreated = 1_790_000_000

/** What stands in a list of models for one of them. */
export type WriteModel = (row: ModelRow) => JsonObject

/** OpenAI's form. */
export const writeModel: WriteModel = ({ id }) => ({
  id,
  object: 'model',
  created: modelCreated,
  owned_by: 'simulator',
})

/** A list of all models. */
export function modelsRoute(names: ModelNames, write: WriteModel = writeModel): Route {
  return (_request, { behaviour }) =>
    wholeReply({ object: 'list', data: listedModels(names, behaviour).map(write) })
}

/** One model, by the `id` in the path. */
export function modelRoute(names: ModelNames, write: WriteModel = writeModel): Route {
  return (_request, { behaviour }, { id = '' }) => {
    for (const row of listedModels(names, behaviour)) {
      const written = write(row)
      if (written.id === id) return wholeReply(written)
    }
    throw new Problem('modelNotFound', `The simulator has no model \`${id}\`.`, 'model')
  }
}
