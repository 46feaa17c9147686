import { HubError, type Json, type JsonObject, type WireTarget } from '@aigne-hub/protocol'

/** For fields that carry meaning: whether this value of it does. Other fields are hints. */
export type Meaning = ReadonlyMap<string, (value: Json) => boolean>

/**
 * The fields of a request that the target refuses (`quirks.unsupported`) and that are there. `dropped`
 * are those the caller is told about; a null is left out silently.
 * @throws HubError `unsupported_parameter` when leaving one out would change what was asked.
 */
export function refusedFields(
  wire: JsonObject,
  { provider, model, quirks }: WireTarget,
  meaning: Meaning,
): { remove: string[]; dropped: string[] } {
  const remove: string[] = []
  const dropped: string[] = []
  for (const field of quirks.unsupported ?? []) {
    if (!Object.hasOwn(wire, field)) continue
    const value = wire[field] ?? null
    if (value !== null) {
      if (meaning.get(field)?.(value)) throw unsupported(field, `${provider}/${model}`)
      dropped.push(field)
    }
    remove.push(field)
  }
  return { remove, dropped }
}

/** The refusal of a field that `where` (a provider or a model) has no words for. */
export function unsupported(param: string, where: string): HubError {
  return new HubError(
    'unsupported_parameter',
    `${where} does not support ${param}. Leave it out, or use another model.`,
    { param },
  )
}
