import type { JsonObject, Part } from '@aigne-hub/protocol'
import { optionalObject, refuseKind } from '../read-field.ts'

export type Cache = NonNullable<Part['cache']>

/** `cache_control: {type: "ephemeral", ttl?}`. */
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
