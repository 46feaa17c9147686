// How much a model thinks, and whether it shows it: `thinkingConfig`.

import type { JsonObject, Quirks, ReasoningWish } from '@aigne-hub/protocol'
import type { Losses } from '../losses.ts'
import { optionalBoolean, optionalInteger, optionalString, put } from '../read-field.ts'
import { budgetOfEffort, effortOfBudget, nearestEffort } from '../reasoning-effort.ts'

export const thinkingFields = ['thinkingLevel', 'thinkingBudget', 'includeThoughts']

/** As much as the model sees fit. */
const dynamicBudget = -1

/** Google shows no thoughts unless asked, so silence about them is a wish too. */
export function readThinking(fields: JsonObject, at: string): ReasoningWish | undefined {
  const level = optionalString(fields, 'thinkingLevel', at)?.toLowerCase()
  const budget = optionalInteger(fields, 'thinkingBudget', at, dynamicBudget)
  const shows = optionalBoolean(fields, 'includeThoughts', at)
  if (level === undefined && budget === undefined && shows === undefined) return undefined
  if (level === undefined && budget === 0) return { effort: 'none' }
  const wish: ReasoningWish = { summary: shows ? 'auto' : 'none' }
  if (level !== 'thinking_level_unspecified') put(wish, 'effort', level || undefined)
  if (budget !== undefined && budget > 0) wish.budgetTokens = budget
  return wish
}

/** `thinkingConfig` in the words the model takes, or undefined when there is nothing to say. */
export function writeThinking(
  wish: ReasoningWish | undefined,
  quirks: Quirks,
  losses: Losses,
): JsonObject | undefined {
  if (wish === undefined) return undefined
  const { thinkingLevels, thinkingBudget, efforts } = quirks
  const isOff = wish.effort === 'none' || wish.budgetTokens === 0
  if (thinkingLevels?.length === 0 || efforts?.length === 0) {
    if (!isOff) losses.hint('reasoning_effort')
    return undefined
  }
  const amount = thinkingLevels
    ? levelOf(wish, thinkingLevels)
    : thinkingBudget
      ? { thinkingBudget: budgetWithin(wish, thinkingBudget) }
      : asAsked(wish)
  // Thoughts of a model that is not to think are refused.
  return isOff ? amount : { ...amount, includeThoughts: wish.summary !== 'none' }
}

/** Levels never stand beside a budget. Models that have them cannot be switched off. */
function levelOf({ effort, budgetTokens }: ReasoningWish, levels: readonly string[]): JsonObject {
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens))
  const level = wanted === undefined ? undefined : nearestEffort(wanted, levels)
  return level === undefined ? {} : { thinkingLevel: level }
}

function budgetWithin(
  { effort, budgetTokens }: ReasoningWish,
  { least, most }: { least: number; most: number },
): number {
  const wanted = effort === 'none' ? 0 : (budgetTokens ?? (effort && budgetOfEffort(effort)))
  return typeof wanted === 'number' ? Math.min(Math.max(wanted, least), most) : dynamicBudget
}

/** Where nothing is known of the model. */
function asAsked({ effort, budgetTokens }: ReasoningWish): JsonObject {
  if (effort === 'none') return { thinkingBudget: 0 }
  if (budgetTokens !== undefined) return { thinkingBudget: budgetTokens }
  return effort === undefined ? {} : { thinkingLevel: effort }
}
