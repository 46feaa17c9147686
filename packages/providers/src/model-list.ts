import { HubError, isJsonObject, type Json, type JsonObject } from '@aigne-hub/protocol'

/**
 * The entries of a provider's list of models.
 * @throws HubError `upstream_failed` when there is no list.
 */
export function listEntries(body: Json, field: string, name: string): JsonObject[] {
  const entries = isJsonObject(body) ? body[field] : undefined
  if (!Array.isArray(entries)) {
    throw new HubError(
      'upstream_failed',
      `${name} answered the request for its models with something that is no list of models.`,
    )
  }
  return entries.filter(isJsonObject)
}

/** Text that is not empty. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A number of tokens: whole, and more than zero. */
export function tokensOf(value: Json | undefined): number | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined
}

/** Unix seconds of an ISO date. */
export function secondsOf(value: Json | undefined): number | undefined {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return milliseconds > 0 ? Math.floor(milliseconds / 1000) : undefined
}

/** `value` under `name`, or nothing when there is none: for fields that may be absent. */
export function field<N extends string, V>(name: N, value: V | undefined): { [K in N]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [K in N]?: V }
}
