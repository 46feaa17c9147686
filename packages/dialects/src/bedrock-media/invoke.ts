import type { JsonObject, WireRequest, WireTarget } from '@aigne-hub/protocol'
import { pathSegment } from '../path-segment.ts'

/** A call of a model in its own words (`InvokeModel`). */
export function invokeRequest(
  body: JsonObject,
  { model }: WireTarget,
  dropped: string[],
): WireRequest {
  return {
    path: `/model/${pathSegment(model)}/invoke`,
    body: JSON.stringify(body),
    dropped,
  }
}
