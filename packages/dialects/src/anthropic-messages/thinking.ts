// How much to think: `thinking` and `output_config.effort`.

import type { ChatRequest, JsonObject, ReasoningWish } from '@aigne-hub/protocol'
import {
  optionalInteger,
  optionalObject,
  optionalString,
  otherFields,
  requiredString,
} from '../read-field.ts'
import { budgetOfEffort, effortOfBudget, nearestEffort } from '../reasoning-effort.ts'
import type { WriteContext } from './write-context.ts'

/** The least a budget may be (Anthropic, "Extended thinking"). */
const leastBudget = 1024
const defaultMaxTokens = 4096
const allEfforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const

export interface ReadThinking {
  reasoning?: ReasoningWish
  /** What of `thinking` and `output_config` has no place in a wish. */
  extensions: JsonObject
}

export function readThinking(fields: JsonObject): ReadThinking {
  const thinking = optionalObject(fields, 'thinking', '')
  const config = optionalObject(fields, 'output_config', '')
  const effort = (config && optionalString(config, 'effort', 'output_config.')) ?? undefined
  const others = config && otherFields(config, ['effort', 'format'])
  const extensions: JsonObject = others ? { output_config: others } : {}
  if (thinking === undefined) {
    return effort === undefined
      ? { extensions }
      : { reasoning: { effort, effortOnly: true }, extensions }
  }
  const type = requiredString(thinking, 'type', 'thinking.')
  const display = optionalString(thinking, 'display', 'thinking.')
  const reasoning: ReasoningWish = effort === undefined ? {} : { effort }
  if (display !== undefined) reasoning.summary = display === 'omitted' ? 'none' : 'auto'
  if (type === 'enabled') {
    reasoning.budgetTokens =
      optionalInteger(thinking, 'budget_tokens', 'thinking.', 1) ?? leastBudget
  } else if (type === 'disabled') {
    if (effort !== undefined) extensions.output_config = { ...others, effort }
    return { reasoning: { effort: 'none' }, extensions }
  } else if (type !== 'adaptive') {
    extensions.thinking = thinking
    return effort === undefined
      ? { extensions }
      : { reasoning: { effort, effortOnly: true }, extensions }
  }
  return { reasoning, extensions }
}

export interface WrittenThinking {
  maxTokens: number
  thinking?: JsonObject
  effort?: string
}

/** What stands in the way of thinking with a budget. */
export interface Obstacles {
  /** The model has to call a tool. */
  isForced: boolean
  /** A call of tools is being continued whose thoughts are gone. */
  lacksThought: boolean
}

/** What it takes to say how much to think; Anthropic's models have other hosts than Anthropic. */
type ThinkingContext = Pick<WriteContext, 'target' | 'losses'>

/** How many tokens the answer may have, and how much of them to think. */
export function writeThinking(
  request: ChatRequest,
  context: ThinkingContext,
  obstacles: Obstacles,
): WrittenThinking {
  const { reasoning: wish, maxOutputTokens } = request
  const { limits, quirks } = context.target
  const maxTokens = maxOutputTokens ?? limits?.output ?? defaultMaxTokens
  if (wish === undefined) return { maxTokens }
  const takes = (kind: NonNullable<typeof quirks.thinking>[number]) =>
    quirks.thinking?.includes(kind) ?? true
  if (wish.effort === 'none') return { maxTokens, ...writeNone(context) }
  if (wish.effortOnly) return { maxTokens, ...writeEffort(wish.effort, context) }
  const display = displayOf(wish)
  const wantsBudget = wish.budgetTokens !== undefined || !takes('adaptive')
  if (wantsBudget && takes('enabled')) {
    const budget = writeBudget(wish, request, context, obstacles)
    if (budget === undefined) return { maxTokens }
    const thinking = { type: 'enabled', budget_tokens: budget.tokens, ...display }
    // The effort beside a budget is for the text that follows.
    const isBoth = wish.budgetTokens !== undefined && wish.effort !== undefined
    return {
      maxTokens: budget.maxTokens,
      thinking,
      ...(isBoth && writeEffort(wish.effort, context)),
    }
  }
  if (!takes('adaptive')) {
    context.losses.hint(nameOf(wish))
    return { maxTokens }
  }
  const thinking = { type: 'adaptive', ...display }
  if (wish.budgetTokens === undefined) {
    return { maxTokens, thinking, ...writeEffort(wish.effort, context) }
  }
  context.losses.hint('thinking.budget_tokens')
  const worth = wish.effort === undefined ? effortOfBudget(wish.budgetTokens) : wish.effort
  return { maxTokens, thinking, ...writeEffort(worth, context) }
}

/** What the caller calls its wish. */
const nameOf = ({ budgetTokens }: ReasoningWish) =>
  budgetTokens === undefined ? 'reasoning_effort' : 'thinking.budget_tokens'

/** Not to think at all, or as little as the model can. */
function writeNone({
  target: { quirks },
  losses,
}: ThinkingContext): Omit<WrittenThinking, 'maxTokens'> {
  const { thinking: kinds, efforts } = quirks
  if (kinds === undefined || kinds.includes('disabled')) return { thinking: { type: 'disabled' } }
  if (kinds.length === 0) return {}
  losses.hint('reasoning_effort')
  if (kinds.includes('between_tools')) return { thinking: { type: 'between_tools' } }
  const least = efforts?.[0]
  return least === undefined ? {} : { effort: least }
}

function writeEffort(
  wanted: string | undefined,
  { target, losses }: ThinkingContext,
): { effort?: string } {
  if (wanted === undefined) return {}
  const effort = nearestEffort(wanted, target.quirks.efforts ?? allEfforts)
  if (effort !== undefined) return { effort }
  losses.hint('reasoning_effort')
  return {}
}

function displayOf({ summary }: ReasoningWish): JsonObject {
  if (summary === undefined) return {}
  return { display: summary === 'none' ? 'omitted' : 'summarized' }
}

/** How much of the room for an answer a model may think away when only an effort was given. */
const share = 0.8

/** Undefined, and a loss, when there is no room to think or something stands in the way. */
function writeBudget(
  wish: ReasoningWish,
  { maxOutputTokens }: ChatRequest,
  { target: { limits }, losses }: ThinkingContext,
  { isForced, lacksThought }: Obstacles,
): { tokens: number; maxTokens: number } | undefined {
  const wanted = Math.max(leastBudget, wish.budgetTokens ?? budgetOfEffort(wish.effort ?? 'medium'))
  const room = maxOutputTokens ?? limits?.output ?? wanted + defaultMaxTokens
  const most = wish.budgetTokens === undefined ? Math.floor(room * share) : room - 1
  const tokens = Math.min(wanted, Math.max(most, Math.min(leastBudget, room - 1)))
  if (isForced || lacksThought || tokens < leastBudget) {
    losses.hint(nameOf(wish))
    return undefined
  }
  return { tokens, maxTokens: room }
}
