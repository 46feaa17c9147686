// Arithmetic on counts, which a fault may have made text of.

import type { Count, Usage } from '../../behaviour/chat-types.ts'

/** `count` less `part`; a count that is no number stays as it is. */
export function countWithout(count: Count | undefined, part: Count | undefined): Count | undefined {
  if (typeof count !== 'number' || typeof part !== 'number') return count
  return count - part
}

/** US dollars a token: of a prompt, of its part out of the cache, of an answer. */
const tokenPrices = { prompt: 2e-6, cached: 0.5e-6, completion: 6e-6 } as const

/** What a request costs, in US dollars. */
export function costUsd({ input, cached, output }: Partial<Usage>): number {
  const read = numberOf(cached)
  const prompt = (numberOf(input) - read) * tokenPrices.prompt + read * tokenPrices.cached
  return rounded(prompt + numberOf(output) * tokenPrices.completion)
}

/** What the answer alone costs. */
export function completionUsd({ output }: Partial<Usage>): number {
  return rounded(numberOf(output) * tokenPrices.completion)
}

/** Without what binary fractions leave over. */
export function rounded(usd: number): number {
  return Number(usd.toFixed(10))
}

function numberOf(count: Count | undefined): number {
  return typeof count === 'number' ? count : 0
}
