// Words and numbers for how much to think, and how to get from one model's to another's.

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** Tokens each effort is worth where a model counts in tokens. */
const budgets = [0, 1024, 2048, 8192, 16_384, 32_768, 65_536] as const

const rankOf = (effort: string) => (efforts as readonly string[]).indexOf(effort)

/**
 * The effort a model takes that is nearest to the one wanted, the stronger of two as near; undefined
 * when the model takes none. `none` is only ever met by `none`, else by the weakest. A word we do not
 * know is passed on.
 */
export function nearestEffort(wanted: string, taken: readonly string[]): string | undefined {
  if (taken.includes(wanted)) return wanted
  const rank = rankOf(wanted)
  if (rank < 0 && taken.length > 0) return wanted
  let best: string | undefined
  for (const effort of taken) {
    if (effort === 'none') continue
    const nearer = best === undefined || distance(effort, rank) <= distance(best, rank)
    if (nearer) best = effort
  }
  return best ?? taken[0]
}

function distance(effort: string, rank: number): number {
  return Math.abs(rankOf(effort) - rank)
}

/** How many tokens an effort is worth; an unknown word counts as `medium`. */
export function budgetOfEffort(effort: string): number {
  return budgets[rankOf(effort)] ?? 8192
}

/** The weakest effort whose tokens cover the budget. */
export function effortOfBudget(budgetTokens: number): string {
  const at = budgets.findIndex((tokens) => tokens >= budgetTokens)
  return efforts[at] ?? 'max'
}
