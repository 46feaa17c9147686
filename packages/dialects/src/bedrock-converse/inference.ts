// How the answer is to be made: `inferenceConfig`, and what only some models take of it.

import type { ChatRequest, JsonObject } from '@aigne-hub/protocol'
import { isDefault, writeSampling } from '../anthropic-messages/sampling.ts'
import type { WrittenReasoning } from './reasoning.ts'
import type { WriteContext } from './write-context.ts'

/** Members of `inferenceConfig`, and what callers call them. */
const callersNames = { maxTokens: 'max_tokens', temperature: 'temperature', topP: 'top_p' } as const

/** @returns `inferenceConfig` and the members of `additionalModelRequestFields`; either may be empty. */
export function writeInference(
  request: ChatRequest,
  reasoning: WrittenReasoning,
  context: WriteContext,
): { config: JsonObject; fields: JsonObject } {
  const { losses } = context
  const config: JsonObject = {}
  if (reasoning.maxTokens !== undefined) config.maxTokens = reasoning.maxTokens
  const fields = context.isClaude
    ? addClaudeSampling(config, request, reasoning, context)
    : addSampling(config, request, context)
  for (const [field, name] of Object.entries(callersNames)) {
    const value = config[field]
    if (value === undefined || (context.takes(field) && !reasoning.isUnbounded)) continue
    // A limit that the caller did not set is none of its business.
    const isOwn = field !== 'maxTokens' || request.maxOutputTokens !== undefined
    if (isOwn && !(field !== 'maxTokens' && isDefault(field, value))) losses.hint(name)
    delete config[field]
  }
  const stop = writeStop(request, context)
  if (stop) config.stopSequences = stop
  return { config, fields }
}

/** Anthropic's rules are those of its own API; `top_k` stands beside. */
function addClaudeSampling(
  config: JsonObject,
  request: ChatRequest,
  { thinks }: WrittenReasoning,
  { target, losses }: WriteContext,
): JsonObject {
  const sampling = writeSampling(request, target, losses, thinks)
  if (sampling.temperature !== undefined) config.temperature = sampling.temperature
  if (sampling.top_p !== undefined) config.topP = sampling.top_p
  return sampling.top_k === undefined ? {} : { top_k: sampling.top_k }
}

function addSampling(
  config: JsonObject,
  { sampling }: ChatRequest,
  { target, losses }: WriteContext,
): JsonObject {
  const { temperature, topP, topK } = sampling
  const highest = target.quirks.maxTemperature ?? 1
  if (temperature !== undefined) config.temperature = Math.min(highest, temperature)
  if (temperature !== undefined && temperature > highest) losses.hint('temperature')
  if (topP !== undefined) config.topP = topP
  if (topK !== undefined && topK >= 0) losses.hint('top_k')
  return {}
}

function writeStop({ stop }: ChatRequest, context: WriteContext): string[] | undefined {
  if (stop === undefined || stop.length === 0) return undefined
  // Anthropic's models refuse one that is blank, and an empty one stops nothing.
  const kept = stop.filter((text) => (context.isClaude ? text.trim() : text) !== '')
  const taken = context.takes('stopSequences') ? kept : []
  if (taken.length < stop.length) context.losses.meaning('stop')
  return taken.length > 0 ? taken : undefined
}
