import type { JsonObject } from '@aigne-hub/protocol'
import { optionalObject, refuseKind } from '../read-field.ts'
import type { WriteContext } from './write-context.ts'

type Cache = { ttl?: '5m' | '1h' }

/** `cache_control: {type: "ephemeral", ttl?}`: Anthropic's mark, as OpenRouter and LiteLLM carry it. */
export function readCacheControl(fields: JsonObject, at: string): Cache | undefined {
  const mark = optionalObject(fields, 'cache_control', at)
  if (mark === undefined) return undefined
  if (mark.type !== 'ephemeral') {
    return refuseKind(`${at}cache_control.type`, 'the string "ephemeral"', mark.type)
  }
  const { ttl } = mark
  if (ttl === undefined || ttl === null) return {}
  if (ttl === '5m' || ttl === '1h') return { ttl }
  return refuseKind(`${at}cache_control.ttl`, 'the string "5m" or "1h"', ttl)
}

/** Adds the mark to `wire`, where the target takes it. */
export function writeCacheControl(
  wire: JsonObject,
  cache: Cache | undefined,
  context: WriteContext,
): void {
  if (cache === undefined) return
  if (context.takesCache) wire.cache_control = { type: 'ephemeral', ...cache }
  else context.losses.hint('cache_control')
}
