// A request going out.

import {
  type ChatRequest,
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type Quirks,
  type ReasoningWish,
  type Sampling,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { inJson } from '../json-instruction.ts'
import { Losses } from '../losses.ts'
import { lacksWords } from '../openai-chat/answer-format.ts'
import { effortIn, switchedOff } from '../openai-chat/reasoning-wish.ts'
import { isOver, maxUserLength, refusedValues } from '../openai-chat/write-request.ts'
import { effortOfBudget, nearestEffort } from '../reasoning-effort.ts'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { takeChatFields } from './chat-fields.ts'
import { includeLogprobs } from './read-request.ts'
import { writeResponseFormat, writeToolChoice, writeTools } from './tools.ts'
import type { WriteContext } from './write-context.ts'
import { writeInput } from './write-input.ts'

export const responsesPath = '/responses'

/** What `include` calls the wish to get reasoning back in a form that can be sent again. */
export const includeReasoning = 'reasoning.encrypted_content'

const isFilled = (value: Json) => Array.isArray(value) && value.length > 0

/** Fields that say what is asked; leaving one of these out would change it. */
export const responsesMeaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['tools', isFilled],
  ['tool_choice', (value) => value !== 'auto'],
  [
    'text',
    (value) => isJsonObject(value) && isJsonObject(value.format) && value.format.type !== 'text',
  ],
  ['instructions', () => true],
  ['previous_response_id', () => true],
  ['conversation', () => true],
  ['prompt', () => true],
  ['background', (value) => value === true],
  ['top_logprobs', (value) => value !== 0],
])

/** @throws HubError `unsupported_parameter` for meaning this dialect or this target cannot express. */
export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  const losses = new Losses(target)
  const context: WriteContext = { target, losses }
  refuseAudio(request, target)
  const { rest, taken } = takeChatFields(request)
  const extensions = { ...taken, ...losses.extensions(rest, 'openai-responses') }
  const { sampling, toolChoice } = request
  const said = writeInput(request.messages, context)
  if (request.responseFormat?.type === 'json' && lacksWords(request, target.quirks)) {
    const role = target.quirks.noDeveloperRole ? 'system' : 'developer'
    said.input.unshift({ type: 'message', role, content: inJson })
  }
  const wire: JsonObject = {
    ...extensions,
    model: target.model,
    ...said,
    tools: writeTools(request.tools, context),
    ...(toolChoice !== undefined && { tool_choice: writeToolChoice(toolChoice) }),
    parallel_tool_calls: request.parallelToolCalls,
    temperature: writeTemperature(sampling, context),
    top_p: sampling.topP,
    max_output_tokens: request.maxOutputTokens,
    ...(request.logprobs?.top !== undefined && { top_logprobs: request.logprobs.top }),
    text: writeText(request, extensions.text),
    reasoning: writeReasoning(request, context, extensions.reasoning),
    include: writeInclude(request, target.quirks),
    previous_response_id: request.previousResponseId,
    prompt_cache_key: request.cacheKey,
    service_tier: request.serviceTier,
    metadata: request.metadata,
    [extensions.safety_identifier === undefined ? 'safety_identifier' : 'user']: writeUser(
      request,
      losses,
    ),
  }
  if (switchesOff(request, target.quirks)) wire.thinking = switchedOff
  if (request.stream) wire.stream = true
  loseUnspoken(request, losses)
  const besides = refusedValues(effortIn(wire), wire.service_tier, target.quirks)
  const { remove, dropped } = refusedFields(present(wire), target, responsesMeaning, besides)
  for (const field of remove) delete wire[field]
  for (const name of dropped) losses.hint(name)
  // Whatever the target takes: what a provider keeps would be out of the hub's hands.
  wire.store = false
  return { path: responsesPath, body: JSON.stringify(wire), dropped: losses.dropped }
}

function writeUser({ user }: ChatRequest, losses: Losses): string | undefined {
  if (user === undefined || user.length <= maxUserLength) return user
  losses.hint('user')
  return undefined
}

function present(wire: JsonObject): JsonObject {
  for (const name in wire) if (wire[name] === undefined) delete wire[name]
  return wire
}

function refuseAudio({ audio, modalities }: ChatRequest, { provider, model }: WireTarget): void {
  if (audio === undefined && !modalities?.includes('audio')) return
  throw new HubError(
    'unsupported_parameter',
    `An answer in audio can only be passed on unchanged, and a call of ${provider}/${model} in this form has to be rewritten. Leave out audio, or use another model.`,
    { param: 'audio' },
  )
}

function writeTemperature(
  { temperature }: Sampling,
  { target, losses }: WriteContext,
): number | undefined {
  const { maxTemperature } = target.quirks
  if (!isOver(temperature, maxTemperature)) return temperature
  losses.hint('temperature')
  return maxTemperature
}

/** Whether reasoning is to be switched off by a field of its own. */
function switchesOff({ reasoning }: Pick<ChatRequest, 'reasoning'>, quirks: Quirks): boolean {
  if (!quirks.thinkingSwitch || quirks.efforts?.length === 0) return false
  const { effort, budgetTokens } = reasoning ?? {}
  return effort === 'none' || (effort === undefined && budgetTokens === 0)
}

function writeText(
  { responseFormat, verbosity }: ChatRequest,
  others: Json | undefined,
): JsonObject | undefined {
  if (responseFormat === undefined && verbosity === undefined && others === undefined) {
    return undefined
  }
  return {
    ...(isJsonObject(others) && others),
    ...(responseFormat && { format: writeResponseFormat(responseFormat) }),
    ...(verbosity !== undefined && { verbosity }),
  }
}

function writeReasoning(
  { reasoning }: ChatRequest,
  { target, losses }: WriteContext,
  others: Json | undefined,
): JsonObject | undefined {
  const isOff = switchesOff({ ...(reasoning && { reasoning }) }, target.quirks)
  const effort = reasoning && !isOff ? writeEffort(reasoning, target.quirks) : undefined
  if (target.quirks.efforts?.length === 0) {
    if (reasoning && reasoning.effort !== 'none') losses.hint('reasoning')
    return undefined
  }
  const summary = reasoning && wantedSummary(reasoning)
  const fields = {
    ...(isJsonObject(others) && others),
    ...(effort !== undefined && { effort }),
    ...(summary !== undefined && { summary }),
  }
  return Object.keys(fields).length > 0 ? fields : undefined
}

/**
 * Whoever asks for thoughts without a word for the effort, as with Anthropic's `thinking`, wants to see
 * them. An effort alone asks for no more than to think, and not every organisation may see summaries.
 */
function wantedSummary({ effort, budgetTokens, summary }: ReasoningWish): string | undefined {
  if (summary !== undefined) return summary === 'none' ? undefined : summary
  return effort === undefined && budgetTokens !== 0 ? 'auto' : undefined
}

/**
 * A budget becomes the effort it is worth. A wish without a measure is `medium` where efforts are
 * known, since several models do not think unless they are told to.
 */
function writeEffort(
  { effort, budgetTokens, summary }: ReasoningWish,
  { efforts }: Quirks,
): string | undefined {
  const worth = budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens)
  const unmeasured = efforts && summary === undefined ? 'medium' : undefined
  const wanted = effort ?? worth ?? unmeasured
  return wanted === undefined || efforts === undefined ? wanted : nearestEffort(wanted, efforts)
}

/** The effort in `reasoning`. */
export function effortOf(reasoning: Json | undefined): Json | undefined {
  return isJsonObject(reasoning) ? reasoning.effort : undefined
}

/** Nothing is stored, so reasoning has to come back in a form that can be sent again. */
function writeInclude(
  { include, logprobs }: Pick<ChatRequest, 'include' | 'logprobs'>,
  { efforts }: Quirks,
): string[] | undefined {
  const names = new Set(include)
  if (efforts?.length !== 0) names.add(includeReasoning)
  if (logprobs) names.add(includeLogprobs)
  return names.size > 0 ? [...names] : undefined
}

/** What this dialect has no words for. Prompts are cached unasked. */
function loseUnspoken(request: ChatRequest, losses: Losses): void {
  const { sampling, n = 1, stop, modalities, store } = request
  if (n > 1) losses.meaning('n')
  if (stop && stop.length > 0) losses.meaning('stop')
  if (modalities?.some((kind) => kind !== 'text')) losses.meaning('modalities')
  const hints = {
    top_k: sampling.topK,
    presence_penalty: sampling.presencePenalty || undefined,
    frequency_penalty: sampling.frequencyPenalty || undefined,
    seed: sampling.seed,
    logit_bias: sampling.logitBias,
    store: store || undefined,
  }
  for (const [name, value] of Object.entries(hints)) if (value !== undefined) losses.hint(name)
  losses.headers(request)
}
