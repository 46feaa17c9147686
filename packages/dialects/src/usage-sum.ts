import { type Usage, usageOf } from '@aigne-hub/protocol'

const counts = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'audioIn',
  'audioOut',
  'imageIn',
  'imageOut',
  'images',
  'seconds',
  'characters',
] as const

/**
 * What several calls consumed together. What only some of them report (a cost, a tier) is left out: a
 * part of a cost is none.
 */
export function sumUsage(all: readonly Usage[]): Usage {
  const sum = usageOf({ estimated: all.some(({ estimated }) => estimated) })
  for (const usage of all) {
    for (const count of counts) sum[count] += usage[count]
    for (const [tool, times] of Object.entries(usage.serverToolRequests)) {
      sum.serverToolRequests[tool] = (sum.serverToolRequests[tool] ?? 0) + times
    }
  }
  const costs = all.flatMap(({ providerCost }) =>
    providerCost === undefined ? [] : [providerCost],
  )
  if (costs.length > 0 && costs.length === all.length) {
    sum.providerCost = costs.reduce((total, cost) => total + cost, 0n)
  }
  const tier = all[0]?.serviceTier
  if (tier !== undefined && all.every(({ serviceTier }) => serviceTier === tier)) {
    sum.serviceTier = tier
  }
  return sum
}
