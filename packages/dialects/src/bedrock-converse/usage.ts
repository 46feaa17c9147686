import {
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'

/** The normal form of a report. Cache reads and writes stand beside `inputTokens`, not inside. */
export function readUsage(report: JsonObject, serviceTier: Json | undefined): Usage {
  const cacheRead = readCount(report.cacheReadInputTokens)
  const written = readCount(report.cacheWriteInputTokens)
  const cacheWrite1h = Math.min(written, longLived(report.cacheDetails))
  const usage = usageOf({
    input: readCount(readCount(report.inputTokens) + cacheRead + written),
    cacheRead,
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
    output: readCount(report.outputTokens),
  })
  const tier = readTier(serviceTier)
  if (tier !== undefined) usage.serviceTier = tier
  return usage
}

/** `cacheDetails` says how many of the tokens written live for how long. */
function longLived(details: Json | undefined): number {
  if (!Array.isArray(details)) return 0
  return details.reduce<number>(
    (sum, entry) =>
      isJsonObject(entry) && entry.ttl === '1h' ? sum + readCount(entry.inputTokens) : sum,
    0,
  )
}

/** `{type: "flex"}` */
export function readTier(value: Json | undefined): string | undefined {
  const type = isJsonObject(value) ? value.type : undefined
  return typeof type === 'string' && type !== '' ? type : undefined
}
