import type { Quirks, ReasoningWish } from '@aigne-hub/protocol'
import type { Losses } from '../losses.ts'
import { effortOfBudget, nearestEffort } from '../reasoning-effort.ts'

/** Off, and the levels there are. */
const levels = ['none', 'low', 'medium', 'high', 'max']

/**
 * `think`: off, on, or a level. Undefined when there is nothing to say: models that can think then do.
 * A model that cannot refuses to be told to.
 */
export function writeThink(
  wish: ReasoningWish | undefined,
  { efforts = levels, thinkIsBoolean }: Quirks,
  losses: Losses,
): boolean | string | undefined {
  const { effort, budgetTokens, effortOnly } = wish ?? {}
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens))
  if (wanted === undefined) return undefined
  const isLost = efforts.length === 0 ? wanted !== 'none' : thinkIsBoolean && effortOnly
  if (isLost) losses.hint('reasoning_effort')
  if (isLost || efforts.length === 0) return undefined
  if (thinkIsBoolean) return wanted !== 'none'
  const level = nearestEffort(wanted, efforts)
  return level === 'none' ? false : level
}
