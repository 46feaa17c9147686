// A chat request going out.

import {
  type ChatRequest,
  HubError,
  type Json,
  type JsonObject,
  type Quirks,
  type Sampling,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { instruct, writeAnswerFormat } from './answer-format.ts'
import { effortIn, writeReasoningWish } from './reasoning-wish.ts'
import { writeTools } from './tool-wishes.ts'
import { type WriteContext, writeContext } from './write-context.ts'
import { writeMessages } from './write-messages.ts'

export const chatPath = '/chat/completions'

const isFilled = (value: Json) => Array.isArray(value) && value.length > 0

/** Fields that say what is asked; leaving one of these out would change it. */
export const chatMeaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['tools', isFilled],
  ['tool_choice', (value) => value !== 'auto'],
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
  const extensions = losses.extensions(request, 'openai-chat')
  const messages = writeMessages(request.messages, context)
  const { format, instruction } = writeAnswerFormat(request, context)
  instruct(messages, instruction)
  const wire: JsonObject = {
    ...extensions,
    model: target.model,
    messages,
    ...writeTools(request, context),
    response_format: format,
    ...writeSampling(request.sampling, context),
    ...writeAnswerWishes(request, context),
    ...writeReasoningWish(request.reasoning, extensions.reasoning, quirks, losses),
    ...writeHints(request, context),
  }
  if (request.stream) {
    wire.stream = true
    // Always: what an answer costs is metered.
    const takesOptions = !quirks.noStreamOptions && !quirks.unsupported?.includes('stream_options')
    if (takesOptions) wire.stream_options = { include_usage: true }
  }
  losses.include(request)
  loseUnspoken(request, context)
  const besides = refusedValues(effortIn(wire), wire.service_tier, quirks)
  const { remove, dropped } = refusedFields(wire, target, chatMeaning, besides)
  for (const field of remove) delete wire[field]
  for (const name of dropped) losses.hint(name)
  return { path: chatPath, body: JSON.stringify(wire), dropped: losses.dropped }
}

/** Fields that are refused for what is asked: sampling beside reasoning, and tiers that are not there. */
export function refusedValues(
  effort: Json | undefined,
  tier: Json | undefined,
  { samplingNeedsNoReasoning, serviceTiers }: Quirks,
): readonly string[] {
  const sampling = samplingNeedsNoReasoning && effort !== 'none' ? ['temperature', 'top_p'] : []
  const isRefused = typeof tier === 'string' && serviceTiers?.includes(tier) === false
  return isRefused ? [...sampling, 'service_tier'] : sampling
}

function writeSampling(sampling: Sampling, { target, losses }: WriteContext): JsonObject {
  const { maxTemperature, seedField = 'seed' } = target.quirks
  const isTooHot = isOver(sampling.temperature, maxTemperature)
  if (isTooHot) losses.hint('temperature')
  return {
    temperature: isTooHot ? maxTemperature : sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    [seedField]: sampling.seed,
    logit_bias: sampling.logitBias,
  }
}

/** Whether a value is higher than the target takes. */
export function isOver(value: Json | undefined, most: number | undefined): boolean {
  return typeof value === 'number' && most !== undefined && value > most
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
    verbosity: request.verbosity,
    modalities: request.modalities,
  }
}

/** OpenAI refuses longer ones; Anthropic's own clients send them. */
export const maxUserLength = 64

/** Whether a name for the user fits the target's field for it. */
export function fitsUser(user: string, { userField }: Quirks): boolean {
  return userField === 'user_id' ? /^[\w-]{1,512}$/.test(user) : user.length <= maxUserLength
}

function writeHints(request: ChatRequest, { target, losses }: WriteContext): JsonObject {
  const { user } = request
  const fits = user === undefined || fitsUser(user, target.quirks)
  if (!fits) losses.hint('user')
  return {
    prompt_cache_key: request.cacheKey,
    service_tier: request.serviceTier,
    store: request.store,
    metadata: request.metadata,
    ...(fits && user !== undefined && { [target.quirks.userField ?? 'user']: user }),
  }
}

/** Hints of other dialects that this one has no words for. */
function loseUnspoken(request: ChatRequest, { target, losses }: WriteContext): void {
  const { summary = 'none' } = request.reasoning ?? {}
  if (summary !== 'none' && !target.quirks.reasoningObject) losses.hint('reasoning.summary')
  losses.headers(request)
}
