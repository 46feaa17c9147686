// How much to think, as the target takes it.

import {
  type BodyEdit,
  isJsonObject,
  type Json,
  type JsonObject,
  type Quirks,
  type ReasoningWish,
} from '@aigne-hub/protocol'
import type { Losses } from '../losses.ts'
import { effortOfBudget, nearestEffort } from '../reasoning-effort.ts'

/** `thinking`, where that is how reasoning is switched off. */
export const switchedOff: JsonObject = { type: 'disabled' }

/**
 * The fields that say it. A budget is told as the effort it is worth, unless there is a field for it.
 * @param others the caller's own `reasoning` object.
 */
export function writeReasoningWish(
  wish: ReasoningWish | undefined,
  others: Json | undefined,
  quirks: Quirks,
  losses: Losses,
): JsonObject {
  if (wish === undefined) return {}
  const { effort, budgetTokens } = wish
  const worth = budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens)
  const wanted = effort ?? worth
  if (quirks.reasoningObject && quirks.efforts?.length !== 0) {
    return {
      reasoning: { ...(isJsonObject(others) && others), ...wishObject(wish, quirks, losses) },
    }
  }
  if (wanted === undefined) return {}
  if (wanted === 'none' && isSwitched(quirks)) return { thinking: switchedOff }
  return { reasoning_effort: takenEffort(wanted, quirks, losses) }
}

/** Whether `none` is said by a switch. */
function isSwitched({ thinkingSwitch, efforts }: Quirks): boolean {
  return thinkingSwitch === true && efforts?.length !== 0
}

function takenEffort(wanted: string, { efforts }: Quirks, losses: Losses): string | undefined {
  if (efforts === undefined) return wanted
  const effort = nearestEffort(wanted, efforts)
  if (effort !== wanted && wanted !== 'none') losses.hint('reasoning_effort')
  return effort
}

/** OpenRouter's `reasoning`. */
function wishObject(wish: ReasoningWish, quirks: Quirks, losses: Losses): JsonObject {
  const { effort, budgetTokens, summary } = wish
  const object: JsonObject = {}
  if (effort !== undefined) object.effort = takenEffort(effort, quirks, losses)
  else if (budgetTokens === 0) object.effort = takenEffort('none', quirks, losses)
  else if (budgetTokens !== undefined) object.max_tokens = budgetTokens
  else if (summary === undefined) object.enabled = true
  if (summary === 'none') object.exclude = true
  else if (summary !== undefined) object.summary = summary
  return object
}

/** The effort that a body asks for, in whichever words; `none` when it asks not to reason. */
export function effortIn({
  reasoning_effort: effort,
  reasoning,
  thinking,
}: JsonObject): Json | undefined {
  if (isJsonObject(thinking) && thinking.type === 'disabled') return 'none'
  if (!isJsonObject(reasoning)) return effort
  return reasoning.enabled === false ? 'none' : (reasoning.effort ?? effort)
}

/** What has to change in the body of a caller. */
export interface WishEdits {
  edits: BodyEdit[]
  /** The effort is refused altogether. */
  isRefused: boolean
  /** It became another one. */
  isChanged: boolean
}

export function reasoningEdits(
  { reasoning_effort: wanted }: JsonObject,
  quirks: Quirks,
): WishEdits {
  const asItIs: WishEdits = { edits: [], isRefused: false, isChanged: false }
  if (typeof wanted !== 'string') return asItIs
  if (wanted === 'none' && isSwitched(quirks)) {
    const edits: BodyEdit[] = [
      { field: 'reasoning_effort', remove: true },
      { field: 'thinking', set: JSON.stringify(switchedOff) },
    ]
    return { ...asItIs, edits }
  }
  if (quirks.efforts === undefined) return asItIs
  const effort = nearestEffort(wanted, quirks.efforts)
  if (effort === undefined) return { ...asItIs, isRefused: true }
  if (effort === wanted) return asItIs
  return {
    edits: [{ field: 'reasoning_effort', set: JSON.stringify(effort) }],
    isRefused: false,
    isChanged: wanted !== 'none',
  }
}
