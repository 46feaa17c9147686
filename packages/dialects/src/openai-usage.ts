// What the usage of both of OpenAI's chat dialects has in common.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type NanoUsd,
  readCount,
  type Usage,
} from '@aigne-hub/protocol'

/** The members of `…_tokens_details`; none when there is no such object. */
export function usageDetails(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

/**
 * Completes `read`, in place: counts that a server left out of the totals, the tier and the provider's
 * own cost. That is `cost` (OpenRouter, in dollars) or `cost_in_usd_ticks` (xAI, 10^10 a dollar).
 */
export function completeUsage(read: Usage, report: JsonObject, tier: Json | undefined): Usage {
  const { cacheRead, reasoning } = read
  // xAI leaves reasoning out of the output tokens, and at times cached tokens out of the input tokens.
  if (reasoning > 0 && readCount(report.total_tokens) === read.input + read.output + reasoning) {
    read.output += reasoning
  }
  if (cacheRead > read.input) read.input += cacheRead
  if (reasoning > read.output) read.output += reasoning
  if (typeof tier === 'string') read.serviceTier = tier
  const cost = providerCost(report)
  if (cost !== undefined) read.providerCost = cost
  return read
}

/**
 * In nano-dollars. With a key of the account's own at the model's vendor (`is_byok`), `cost` is only a
 * fee, and what that vendor takes stands beside it.
 */
function providerCost(report: JsonObject): NanoUsd | undefined {
  const { cost, cost_in_usd_ticks: ticks, is_byok: byok, cost_details: details } = report
  const dollars = typeof ticks === 'number' ? ticks / 1e10 : cost
  if (typeof dollars !== 'number') return undefined
  if (byok !== true) return nanoUsd(dollars)
  const upstream = isJsonObject(details) ? details.upstream_inference_cost : undefined
  return typeof upstream === 'number' ? nanoUsd(dollars + upstream) : undefined
}

function nanoUsd(dollars: number): NanoUsd | undefined {
  if (!(dollars >= 0 && dollars < 1e6)) return undefined
  return BigInt(Math.ceil(Number((dollars * 1e9).toFixed(3))))
}
