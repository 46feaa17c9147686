// How much to think. Converse has no words for it: each family of models has its own.

import type { ChatRequest, JsonObject, ReasoningWish } from '@aigne-hub/protocol'
import { type Obstacles, writeThinking } from '../anthropic-messages/thinking.ts'
import { effortOfBudget, nearestEffort } from '../reasoning-effort.ts'
import type { WriteContext } from './write-context.ts'

export interface WrittenReasoning {
  /** Members of `additionalModelRequestFields`. */
  fields: JsonObject
  maxTokens?: number
  /** The model thinks in a way that leaves it no choice of tokens. */
  thinks: boolean
  /** It takes neither a limit nor sampling. */
  isUnbounded: boolean
}

const threeEfforts = ['low', 'medium', 'high'] as const

export function writeReasoning(
  request: ChatRequest,
  context: WriteContext,
  obstacles: Obstacles,
): WrittenReasoning {
  const { reasoning: wish, maxOutputTokens } = request
  const written: WrittenReasoning = { fields: {}, thinks: false, isUnbounded: false }
  const kind = context.target.quirks.converseReasoning
  const maxTokens =
    maxOutputTokens ?? (kind === 'anthropic' ? context.target.limits?.output : undefined)
  if (maxTokens !== undefined) written.maxTokens = maxTokens
  if (wish === undefined) return written
  if (kind === 'anthropic') return writeClaude(written, request, context, obstacles)
  const effort = effortFor(wish, context)
  if (effort === undefined) return written
  if (kind === 'gpt-oss') written.fields.reasoning_effort = effort
  else if (kind === 'openai') written.fields.reasoning = { effort }
  else if (effort === 'none') written.fields.reasoningConfig = { type: 'disabled' }
  else {
    written.fields.reasoningConfig = { type: 'enabled', maxReasoningEffort: effort }
    written.isUnbounded = effort === 'high'
  }
  return written
}

function writeClaude(
  written: WrittenReasoning,
  request: ChatRequest,
  context: WriteContext,
  obstacles: Obstacles,
): WrittenReasoning {
  const { maxTokens, thinking, effort } = writeThinking(request, context, obstacles)
  const { fields } = written
  if (thinking) fields.thinking = thinking
  if (effort !== undefined) fields.output_config = { effort }
  const thinks = thinking?.type === 'enabled' || thinking?.type === 'adaptive'
  return { ...written, maxTokens, thinks }
}

/** The effort in a word that the model takes; undefined, and a loss, when it has none. */
function effortFor(
  { effort, budgetTokens }: ReasoningWish,
  { target: { quirks }, losses }: WriteContext,
): string | undefined {
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens))
  if (wanted === undefined) return undefined
  const { converseReasoning: kind, efforts } = quirks
  const isMute = kind === undefined || efforts?.length === 0
  if (wanted === 'none' && (isMute || kind === 'nova')) return isMute ? undefined : wanted
  if (effort === undefined) losses.hint('thinking.budget_tokens')
  const nearest = isMute
    ? undefined
    : nearestEffort(wanted, efforts ?? (kind === 'openai' ? [wanted] : threeEfforts))
  const isMet = nearest !== undefined && (wanted !== 'none' || nearest === 'none')
  if (!isMet && effort !== undefined) losses.hint('reasoning_effort')
  return nearest
}
