// A chat request, both ways. Messages, tools and parts have files of their own.

import {
  type ChatRequest,
  HubError,
  type Json,
  type JsonBody,
  type JsonObject,
  type Sampling,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import {
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  otherFields,
  put,
  refuse,
  refuseKind,
  requiredString,
} from '../read-field.ts'
import { type Meaning, refusedFields, unsupported } from '../unsupported-fields.ts'
import { readMessages, writeMessages } from './messages.ts'
import {
  readResponseFormat,
  readToolChoice,
  readTools,
  writeResponseFormat,
  writeTool,
  writeToolChoice,
} from './tools.ts'
import { writeContext } from './write-context.ts'

export const chatPath = '/chat/completions'

/** Fields with a place of their own in `ChatRequest`. The others travel in `extensions`. */
const knownFields: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
  'response_format',
  'temperature',
  'top_p',
  'top_k',
  'presence_penalty',
  'frequency_penalty',
  'seed',
  'logit_bias',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'n',
  'logprobs',
  'top_logprobs',
  'reasoning_effort',
  'verbosity',
  'modalities',
  'audio',
  'stream',
  'stream_options',
  'prompt_cache_key',
  'service_tier',
  'store',
  'metadata',
  'user',
])

/** @throws HubError `invalid_request` naming the field. */
export function readRequest({ value: fields }: JsonBody): ChatRequest {
  const request: ChatRequest = {
    model: requiredString(fields, 'model', ''),
    messages: readMessages(fields),
    sampling: readSampling(fields),
  }
  put(request, 'tools', readTools(fields))
  put(request, 'toolChoice', readToolChoice(fields))
  put(request, 'parallelToolCalls', optionalBoolean(fields, 'parallel_tool_calls', ''))
  put(request, 'responseFormat', readResponseFormat(fields))
  put(request, 'maxOutputTokens', readMaxTokens(fields))
  put(request, 'stop', readStop(fields.stop))
  put(request, 'n', optionalInteger(fields, 'n', '', 1, 128))
  put(request, 'logprobs', readLogprobsWish(fields))
  const effort = optionalString(fields, 'reasoning_effort', '')
  if (effort) request.reasoning = { effort }
  put(request, 'verbosity', optionalString(fields, 'verbosity', ''))
  put(request, 'modalities', readModalities(fields))
  put(request, 'audio', optionalObject(fields, 'audio', ''))
  put(request, 'stream', readStreamWish(fields))
  put(request, 'cacheKey', optionalString(fields, 'prompt_cache_key', ''))
  put(request, 'serviceTier', optionalString(fields, 'service_tier', ''))
  put(request, 'store', optionalBoolean(fields, 'store', ''))
  put(request, 'metadata', readMetadata(fields))
  const extensions = otherFields(fields, knownFields)
  const identifier = optionalString(fields, 'safety_identifier', '')
  const user = optionalString(fields, 'user', '')
  put(request, 'user', user ?? identifier)
  // `safety_identifier` is the newer name of `user`; only both together need both places.
  if (user === undefined && extensions) delete extensions.safety_identifier
  if (extensions && Object.keys(extensions).length > 0) request.extensions = extensions
  return request
}

function readSampling(fields: JsonObject): Sampling {
  const sampling: Sampling = {}
  put(sampling, 'temperature', optionalNumber(fields, 'temperature', '', 0, 2))
  put(sampling, 'topP', optionalNumber(fields, 'top_p', '', 0, 1))
  put(sampling, 'topK', optionalInteger(fields, 'top_k', '', -1))
  put(sampling, 'presencePenalty', optionalNumber(fields, 'presence_penalty', '', -2, 2))
  put(sampling, 'frequencyPenalty', optionalNumber(fields, 'frequency_penalty', '', -2, 2))
  put(sampling, 'seed', optionalInteger(fields, 'seed', '', Number.MIN_SAFE_INTEGER))
  const bias = optionalObject(fields, 'logit_bias', '')
  if (bias) {
    for (const token of Object.keys(bias)) {
      const value = bias[token]
      if (typeof value !== 'number' || !(value >= -100 && value <= 100)) {
        return refuse('logit_bias', 'an object of numbers from -100 to 100')
      }
    }
    sampling.logitBias = bias as Record<string, number>
  }
  return sampling
}

/** The newer name wins. */
function readMaxTokens(fields: JsonObject): number | undefined {
  const older = optionalInteger(fields, 'max_tokens', '', 1)
  return optionalInteger(fields, 'max_completion_tokens', '', 1) ?? older
}

function readStop(value: Json | undefined): string[] | undefined {
  if (value === undefined || value === null) return undefined
  const list = typeof value === 'string' ? [value] : value
  if (!Array.isArray(list)) return refuseKind('stop', 'a string or an array of strings', list)
  if (list.length > 4) return refuse('stop', 'an array of at most 4 strings')
  const wrong = list.findIndex((entry) => typeof entry !== 'string')
  if (wrong >= 0) return refuseKind(`stop[${wrong}]`, 'a string', list[wrong])
  return list.length > 0 ? (list as string[]) : undefined
}

function readLogprobsWish(fields: JsonObject): { top?: number } | undefined {
  const wanted = optionalBoolean(fields, 'logprobs', '')
  const top = optionalInteger(fields, 'top_logprobs', '', 0, 20)
  if (wanted) return top === undefined ? {} : { top }
  if (top) return refuse('top_logprobs', 'absent unless logprobs is true')
  return undefined
}

function readModalities(fields: JsonObject): string[] | undefined {
  const list = optionalArray(fields, 'modalities', '')
  const wrong = list?.findIndex((entry) => typeof entry !== 'string') ?? -1
  if (wrong >= 0) return refuseKind(`modalities[${wrong}]`, 'a string', list?.[wrong])
  return list as string[] | undefined
}

/** `stream_options` without `stream` is ignored: some clients always send it. */
function readStreamWish(fields: JsonObject): { includeUsage: boolean } | undefined {
  const options = optionalObject(fields, 'stream_options', '')
  const includeUsage = options && optionalBoolean(options, 'include_usage', 'stream_options.')
  if (!optionalBoolean(fields, 'stream', '')) return undefined
  return { includeUsage: includeUsage ?? false }
}

function readMetadata(fields: JsonObject): Record<string, string> | undefined {
  const metadata = optionalObject(fields, 'metadata', '')
  if (metadata === undefined) return undefined
  const keys = Object.keys(metadata)
  if (keys.length > 16) return refuse('metadata', 'an object of at most 16 entries')
  for (const key of keys) {
    if (key.length > 64)
      return refuse('metadata', 'an object whose keys have at most 64 characters')
    const value = metadata[key]
    if (typeof value !== 'string' || value.length > 512) {
      return refuseKind(`metadata.${key}`, 'a string of at most 512 characters', value)
    }
  }
  return metadata as Record<string, string>
}

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
  if (request.audio !== undefined || request.modalities?.includes('audio')) {
    throw new HubError(
      'unsupported_parameter',
      `An answer in audio can only be passed on unchanged, and a call of ${target.provider}/${target.model} in this form has to be rewritten. Leave out audio, or use another model.`,
      { param: 'audio' },
    )
  }
  if (request.previousResponseId !== undefined)
    throw unsupported('previous_response_id', 'OpenAI chat')
  const context = writeContext(target)
  const wire: JsonObject = {
    ...request.extensions,
    model: target.model,
    messages: writeMessages(request.messages, context),
    ...writeTools(request, context),
    ...writeSampling(request.sampling),
    ...writeAnswerWishes(request, quirks.maxTokensField ?? 'max_completion_tokens'),
    ...writeHints(request),
  }
  if (request.stream) {
    wire.stream = true
    // Always: what an answer costs is metered.
    const takesOptions = !quirks.noStreamOptions && !quirks.unsupported?.includes('stream_options')
    if (takesOptions) wire.stream_options = { include_usage: true }
  }
  for (const name of unspoken(request)) context.dropped.add(name)
  const { remove, dropped } = refusedFields(wire, target, chatMeaning)
  for (const field of remove) delete wire[field]
  return {
    path: chatPath,
    body: JSON.stringify(wire),
    dropped: [...context.dropped, ...dropped],
  }
}

function writeTools(
  { tools, toolChoice, parallelToolCalls, responseFormat }: ChatRequest,
  context: ReturnType<typeof writeContext>,
): JsonObject {
  return {
    tools: tools?.map((tool, index) => writeTool(tool, index, context)),
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

function writeAnswerWishes(request: ChatRequest, maxTokensField: string): JsonObject {
  const { logprobs } = request
  return {
    [maxTokensField]: request.maxOutputTokens,
    stop: request.stop,
    n: request.n,
    logprobs: logprobs && true,
    top_logprobs: logprobs?.top,
    reasoning_effort: request.reasoning?.effort,
    verbosity: request.verbosity,
    modalities: request.modalities,
  }
}

function writeHints(request: ChatRequest): JsonObject {
  return {
    prompt_cache_key: request.cacheKey,
    service_tier: request.serviceTier,
    store: request.store,
    metadata: request.metadata,
    user: request.user,
  }
}

/** Hints of other dialects that this one has no words for. */
function unspoken({ reasoning, cacheAuto, include, headers }: ChatRequest): string[] {
  return [
    ...(reasoning?.budgetTokens === undefined ? [] : ['thinking.budget_tokens']),
    ...(reasoning?.summary === undefined ? [] : ['reasoning.summary']),
    ...(cacheAuto ? ['cache_control'] : []),
    ...(include ? ['include'] : []),
    ...Object.keys(headers ?? {}),
  ]
}
