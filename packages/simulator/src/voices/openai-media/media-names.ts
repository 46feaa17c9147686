import type { Behaviour } from '../../behaviour/index.ts'
import type { SimulatedOperation } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import type { PathNames } from '../openai-family/vendor.ts'

/**
 * Names of a vendor's form, and the model of the simulator that answers for them; the first that fits.
 * `$1` in a model is what the form has caught.
 */
export type MediaNames = readonly (readonly [form: RegExp, model: string])[]

/**
 * The model of the simulator that answers for `name`.
 * @throws Problem `modelNotFound`, or `invalidRequest` when it does something else.
 */
export function mediaModel(
  name: string,
  operation: SimulatedOperation,
  behaviour: Behaviour,
  names: MediaNames = [],
): string {
  const isOwn = behaviour.models.some(({ id }) => id === name)
  const row = isOwn ? undefined : names.find(([form]) => form.test(name))
  const model = row?.[1].replace('$1', row[0].exec(name)?.[1] ?? '') ?? name
  return behaviour.model(model, operation).id
}

/** The body with the model that the path names, where it does: as `{deployment}`. */
export function withPathModel(body: JsonObject, { deployment }: PathNames): JsonObject {
  return deployment === undefined ? body : { ...body, model: deployment }
}
