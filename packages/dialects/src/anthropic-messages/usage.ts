import {
  isJsonObject,
  type Json,
  type JsonObject,
  readCount,
  type Usage,
  usageOf,
} from '@aigne-hub/protocol'

/** The counts that are summed where a report lists several passes of the model (`iterations`). */
const perPass = [
  'input_tokens',
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
  'output_tokens',
] as const

/** A count of the whole, which is at least the sum of its passes: the top leaves some of them out. */
function total(report: JsonObject, field: (typeof perPass)[number]): number {
  const { iterations } = report
  const top = readCount(report[field])
  if (!Array.isArray(iterations)) return top
  const sum = iterations.reduce<number>(
    (before, pass) => before + (isJsonObject(pass) ? readCount(pass[field]) : 0),
    0,
  )
  return Math.max(top, readCount(sum))
}

const inner = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})

/**
 * The normal form of a report. Cache reads and writes stand beside `input_tokens`, not inside; thinking
 * stands inside `output_tokens`.
 */
export function readUsage(report: JsonObject): Usage {
  const split = inner(report.cache_creation)
  const cacheRead = total(report, 'cache_read_input_tokens')
  const written = Math.max(
    total(report, 'cache_creation_input_tokens'),
    report.cache_creation_input_tokens === undefined
      ? readCount(split.ephemeral_5m_input_tokens) + readCount(split.ephemeral_1h_input_tokens)
      : 0,
  )
  const cacheWrite1h = Math.min(written, readCount(split.ephemeral_1h_input_tokens))
  const reasoning = readCount(inner(report.output_tokens_details).thinking_tokens)
  const read = usageOf({
    input: readCount(total(report, 'input_tokens') + written + cacheRead),
    cacheRead,
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
    output: Math.max(total(report, 'output_tokens'), reasoning),
    reasoning,
    serverToolRequests: readServerTools(report.server_tool_use),
  })
  const { service_tier: tier } = report
  if (typeof tier === 'string') read.serviceTier = readTier(tier)
  return read
}

/** `{web_search_requests: 2}` is `{web_search: 2}`. */
function readServerTools(value: Json | undefined): Record<string, number> {
  const counts: Record<string, number> = {}
  if (!isJsonObject(value)) return counts
  for (const key of Object.keys(value)) {
    const count = readCount(value[key])
    if (count > 0 && key.endsWith(requests)) counts[key.slice(0, -requests.length)] = count
  }
  return counts
}

const requests = '_requests'

const readTier = (tier: string) => (tier === 'standard' ? 'default' : tier)

/**
 * What a stream has reported so far, with a later report over it: each counts from the beginning of the
 * answer, and names only what it knows.
 */
export function laterReport(before: JsonObject, after: JsonObject): JsonObject {
  const merged = { ...before }
  for (const key of Object.keys(after)) {
    const value = after[key]
    if (value !== null && value !== undefined && key !== '__proto__') merged[key] = value
  }
  return merged
}

/** The same for counts, which never shrink to nothing: some servers write a zero for what was told before. */
export function laterCounts(before: JsonObject, after: JsonObject): JsonObject {
  const merged = laterReport(before, after)
  for (const key in before) {
    if (merged[key] === 0 && readCount(before[key]) > 0) merged[key] = before[key]
  }
  return merged
}

/** The report of an answer, as `message_start`, `message_delta` and a whole message have it. */
export function writeUsage(usage: Usage): JsonObject {
  const { cacheRead, cacheWrite5m, cacheWrite1h, reasoning, serviceTier } = usage
  const written = cacheWrite5m + cacheWrite1h
  const wire: JsonObject = {
    input_tokens: Math.max(0, usage.input - cacheRead - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: cacheWrite5m,
      ephemeral_1h_input_tokens: cacheWrite1h,
    },
    output_tokens: usage.output,
  }
  if (reasoning > 0) wire.output_tokens_details = { thinking_tokens: reasoning }
  const tools = Object.keys(usage.serverToolRequests)
  if (tools.length > 0) {
    wire.server_tool_use = Object.fromEntries(
      tools.map((name) => [name + requests, usage.serverToolRequests[name]]),
    )
  }
  if (serviceTier !== undefined) {
    wire.service_tier = serviceTier === 'default' ? 'standard' : serviceTier
  }
  return wire
}
