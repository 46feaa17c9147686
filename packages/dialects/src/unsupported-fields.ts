import { HubError, type Json, type JsonObject, type WireTarget } from '@aigne-hub/protocol'

/** For fields that carry meaning: whether this value of it does. Other fields are hints. */
export type Meaning = ReadonlyMap<string, (value: Json) => boolean>

/**
 * The fields of a request that the target refuses (`quirks.unsupported`, and those in `besides`) and
 * that are there. `dropped` are those the caller is told about; a null is left out silently.
 * @throws HubError `unsupported_parameter` when leaving one out would change what was asked, unless the
 *   caller wants it dropped.
 */
export function refusedFields(
  wire: JsonObject,
  { provider, model, quirks, dropsUnsupported }: WireTarget,
  meaning: Meaning,
  besides: readonly string[] = [],
): { remove: string[]; dropped: string[] } {
  const remove: string[] = []
  const dropped: string[] = []
  for (const field of besides.concat(quirks.unsupported ?? [])) {
    if (!Object.hasOwn(wire, field)) continue
    const value = wire[field] ?? null
    if (value !== null) {
      if (!dropsUnsupported && meaning.get(field)?.(value)) {
        throw unsupported(field, `${provider}/${model}`)
      }
      dropped.push(field)
    }
    remove.push(field)
  }
  return { remove, dropped }
}

/** The refusal of a field that `where` (a provider or a model) has no words for. */
export function unsupported(param: string, where: string, what = param): HubError {
  return new HubError(
    'unsupported_parameter',
    `${where} does not support ${what}. Leave it out, or use another model.`,
    { param },
  )
}
