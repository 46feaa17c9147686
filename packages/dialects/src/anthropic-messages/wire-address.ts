// Where a request goes: at Anthropic one address for every model, on a cloud (`quirks.modelInPath`) one
// for each. There the version of the API stands in the body instead of a header.

import type { JsonObject, WireTarget } from '@aigne-hub/protocol'
import { pathSegment } from '../path-segment.ts'

export function messagesPath({ model, quirks }: WireTarget, isStream: boolean): string {
  const { modelInPath } = quirks
  if (modelInPath === undefined) return '/messages'
  return `${modelInPath.prefix}${modelSegment(model)}:${isStream ? 'streamRawPredict' : 'rawPredict'}`
}

/** Tokens are counted at one address even on a cloud, with the model in the body. */
export function countTokensPath({ quirks: { modelInPath } }: WireTarget): string {
  if (modelInPath === undefined) return '/messages/count_tokens'
  return `${modelInPath.prefix}count-tokens:rawPredict`
}

/** Google's ids of models have an `@` before their date. */
function modelSegment(model: string): string {
  return pathSegment(model).replaceAll('%40', '@')
}

/** What the body of a message says of model and version. */
export function messagesHead({ model, quirks: { modelInPath } }: WireTarget): JsonObject {
  return modelInPath === undefined ? { model } : { anthropic_version: modelInPath.version }
}

/** What the body of a request to count tokens says of them. */
export function countTokensHead(target: WireTarget): JsonObject {
  return { model: target.model, ...messagesHead(target) }
}
