// A chat request coming in. Messages, tools and parts have files of their own.

import type { ChatRequest, Json, JsonBody, JsonObject, Sampling } from '@aigne-hub/protocol'
import {
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStrings,
  otherFields,
  put,
  refuse,
  refuseKind,
  requiredString,
} from '../read-field.ts'
import { readMessages } from './messages.ts'
import { readResponseFormat, readToolChoice, readTools } from './tools.ts'

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
  put(request, 'modalities', optionalStrings(fields, 'modalities', ''))
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
  if (extensions && Object.keys(extensions).length > 0) {
    request.extensions = { dialect: 'openai-chat', fields: extensions }
  }
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
