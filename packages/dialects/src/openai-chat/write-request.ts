// A chat request going out.

import {
  type ChatRequest,
  HubError,
  type Json,
  type JsonObject,
  type Quirks,
  type ReasoningWish,
  type Sampling,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import type { Losses } from '../losses.ts'
import { effortOfBudget, nearestEffort } from '../reasoning-effort.ts'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { writeMessages } from './messages.ts'
import { writeResponseFormat, writeTool, writeToolChoice } from './tools.ts'
import { type WriteContext, writeContext } from './write-context.ts'

export const chatPath = '/chat/completions'

const isFilled = (value: Json) => Array.isArray(value) && value.length > 0

/** Fields that say what is asked; leaving one of these out would change it. */
export const chatMeaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['tools', isFilled],
  ['functions', isFilled],
  ['tool_choice', (value) => value !== 'auto'],
  ['function_call', (value) => value !== 'auto'],
  ['response_format', (value) => (value as JsonObject).type !== 'text'],
  ['n', (value) => value !== 1],
  ['stop', (value) => typeof value === 'string' || isFilled(value)],
  ['logprobs', (value) => value === true],
  ['top_logprobs', (value) => value !== 0],
  ['modalities', (value) => JSON.stringify(value) !== '["text"]'],
  ['audio', () => true],
])

/** @throws HubError `unsupported_parameter` for meaning this dialect or this target cannot express. */
export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  const { quirks } = target
  const context = writeContext(target)
  const { losses } = context
  if (request.audio !== undefined || request.modalities?.includes('audio')) {
    throw new HubError(
      'unsupported_parameter',
      `An answer in audio can only be passed on unchanged, and a call of ${target.provider}/${target.model} in this form has to be rewritten. Leave out audio, or use another model.`,
      { param: 'audio' },
    )
  }
  if (request.previousResponseId !== undefined) {
    losses.meaning('previous_response_id', 'OpenAI chat')
  }
  const wire: JsonObject = {
    ...losses.extensions(request, 'openai-chat'),
    model: target.model,
    messages: writeMessages(request.messages, context),
    ...writeTools(request, context),
    ...writeSampling(request.sampling),
    ...writeAnswerWishes(request, context),
    ...writeHints(request, losses),
  }
  if (request.stream) {
    wire.stream = true
    // Always: what an answer costs is metered.
    const takesOptions = !quirks.noStreamOptions && !quirks.unsupported?.includes('stream_options')
    if (takesOptions) wire.stream_options = { include_usage: true }
  }
  losses.include(request)
  loseUnspoken(request, losses)
  const besides = refusedSampling(wire.reasoning_effort, quirks)
  const { remove, dropped } = refusedFields(wire, target, chatMeaning, besides)
  for (const field of remove) delete wire[field]
  for (const name of dropped) losses.hint(name)
  return { path: chatPath, body: JSON.stringify(wire), dropped: losses.dropped }
}

/** Sampling fields that are refused unless the model is told not to reason. */
export function refusedSampling(effort: Json | undefined, quirks: Quirks): readonly string[] {
  return quirks.samplingNeedsNoReasoning && effort !== 'none' ? ['temperature', 'top_p'] : []
}

function writeTools(
  { tools, toolChoice, parallelToolCalls, responseFormat }: ChatRequest,
  context: ReturnType<typeof writeContext>,
): JsonObject {
  const written: Json[] = []
  tools?.forEach((tool, index) => {
    const wire = writeTool(tool, index, context)
    if (wire !== undefined) written.push(wire)
  })
  return {
    tools: written.length > 0 ? written : undefined,
    tool_choice: toolChoice && writeToolChoice(toolChoice),
    parallel_tool_calls: parallelToolCalls,
    response_format: responseFormat && writeResponseFormat(responseFormat),
  }
}

function writeSampling(sampling: Sampling): JsonObject {
  return {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    seed: sampling.seed,
    logit_bias: sampling.logitBias,
  }
}

const maxStops = 4

function writeAnswerWishes(
  request: ChatRequest,
  { target: { quirks }, losses }: WriteContext,
): JsonObject {
  const { logprobs, stop } = request
  if (stop && stop.length > maxStops) {
    losses.meaning('stop', 'OpenAI chat', `more than ${maxStops} stop sequences`)
  }
  return {
    [quirks.maxTokensField ?? 'max_completion_tokens']: request.maxOutputTokens,
    stop: stop?.slice(0, maxStops),
    n: request.n,
    logprobs: logprobs && true,
    top_logprobs: logprobs?.top,
    reasoning_effort: writeEffort(request.reasoning, quirks, losses),
    verbosity: request.verbosity,
    modalities: request.modalities,
  }
}

/** A budget is told as the effort it is worth. */
function writeEffort(
  wish: ReasoningWish | undefined,
  { efforts }: Quirks,
  losses: Losses,
): string | undefined {
  const { budgetTokens } = wish ?? {}
  const wanted =
    wish?.effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens))
  if (wanted === undefined || efforts === undefined) return wanted
  const effort = nearestEffort(wanted, efforts)
  if (effort !== wanted && wanted !== 'none') losses.hint('reasoning_effort')
  return effort
}

/** OpenAI refuses longer ones; Anthropic's own clients send them. */
export const maxUserLength = 64

function writeHints(request: ChatRequest, losses: Losses): JsonObject {
  const isTooLong = (request.user?.length ?? 0) > maxUserLength
  if (isTooLong) losses.hint('user')
  return {
    prompt_cache_key: request.cacheKey,
    service_tier: request.serviceTier,
    store: request.store,
    metadata: request.metadata,
    user: isTooLong ? undefined : request.user,
  }
}

/** Hints of other dialects that this one has no words for. */
function loseUnspoken(request: ChatRequest, losses: Losses): void {
  const { summary = 'none' } = request.reasoning ?? {}
  if (summary !== 'none') losses.hint('reasoning.summary')
  losses.headers(request)
}
