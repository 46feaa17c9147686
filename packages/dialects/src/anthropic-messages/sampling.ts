import type { ChatRequest, JsonObject, WireTarget } from '@aigne-hub/protocol'
import type { Losses } from '../losses.ts'

const defaultVersion = '2023-06-01'

/** From this version of the API on, `temperature`, `top_p` and `top_k` are refused on every model. */
const versionWithoutSampling = '2026-10-21'

/** The version of the API that a request is sent as: the caller's own, where it named one. */
export function versionOf({ headers }: ChatRequest): string {
  return headers?.['anthropic-version'] ?? defaultVersion
}

const fields = ['temperature', 'top_p', 'top_k'] as const

/** Which of the fields have to go, by the version of the API or by the model. */
export function refusedSampling(request: ChatRequest, { quirks }: WireTarget): readonly string[] {
  if (versionOf(request) >= versionWithoutSampling) return fields
  return fields.filter((field) => quirks.unsupported?.includes(field))
}

/** Whether a value says no more than its absence. */
export const isDefault = (field: string, value: unknown) => field !== 'top_k' && value === 1

/**
 * @param thinks a model that thinks takes no temperature but 1, no `top_k`, and no `top_p` below 0.95.
 */
export function writeSampling(
  request: ChatRequest,
  target: WireTarget,
  losses: Losses,
  thinks: boolean,
): JsonObject {
  const { temperature, topP, topK } = request.sampling
  const wire: JsonObject = {}
  if (temperature !== undefined) wire.temperature = Math.min(1, temperature)
  if (topP !== undefined) wire.top_p = topP
  if (topK !== undefined && topK >= 0) wire.top_k = topK
  if (temperature !== undefined && temperature > 1) losses.hint('temperature')
  const drop = (field: string) => {
    if (!isDefault(field, wire[field])) losses.hint(field)
    delete wire[field]
  }
  for (const field of refusedSampling(request, target)) if (field in wire) drop(field)
  if (thinks) {
    if (wire.temperature !== undefined && wire.temperature !== 1) drop('temperature')
    if (wire.top_k !== undefined) drop('top_k')
    if ((wire.top_p as number) < 0.95) drop('top_p')
  }
  // Most models that take both take only one at a time.
  if (wire.temperature !== undefined && wire.top_p !== undefined) {
    drop(wire.temperature === 1 ? 'temperature' : 'top_p')
  }
  return wire
}
