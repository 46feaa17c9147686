// A request coming in. Input items and tools have files of their own.

import type { ChatRequest, Json, JsonBody, JsonObject } from '@aigne-hub/protocol'
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
import { readMessages } from './input-items.ts'
import { isHostedChoice, readResponseFormat, readToolChoice, readTools } from './tools.ts'

/** What `include` calls the wish for logprobs. */
export const includeLogprobs = 'message.output_text.logprobs'

/** Fields with a place of their own in `ChatRequest`. The others travel in `extensions`. */
const knownFields: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'temperature',
  'top_p',
  'top_logprobs',
  'max_output_tokens',
  'include',
  'stream',
  'store',
  'previous_response_id',
  'prompt_cache_key',
  'service_tier',
  'metadata',
  'user',
  'safety_identifier',
])

/** @throws HubError `invalid_request` naming the field. */
export function readRequest({ value: fields }: JsonBody): ChatRequest {
  const request: ChatRequest = {
    model: requiredString(fields, 'model', ''),
    messages: readMessages(fields),
    sampling: {},
  }
  put(request.sampling, 'temperature', optionalNumber(fields, 'temperature', '', 0, 2))
  put(request.sampling, 'topP', optionalNumber(fields, 'top_p', '', 0, 1))
  put(request, 'tools', readTools(fields))
  put(request, 'toolChoice', readToolChoice(fields))
  put(request, 'parallelToolCalls', optionalBoolean(fields, 'parallel_tool_calls', ''))
  put(request, 'maxOutputTokens', optionalInteger(fields, 'max_output_tokens', '', 1))
  if (optionalBoolean(fields, 'stream', '')) request.stream = { includeUsage: true }
  put(request, 'store', optionalBoolean(fields, 'store', ''))
  const previous = optionalString(fields, 'previous_response_id', '')
  if (previous) request.previousResponseId = previous
  put(request, 'cacheKey', optionalString(fields, 'prompt_cache_key', ''))
  put(request, 'serviceTier', optionalString(fields, 'service_tier', ''))
  put(request, 'metadata', readMetadata(fields))
  const extensions: JsonObject = { ...otherFields(fields, knownFields) }
  readText(fields, request, extensions)
  readReasoning(fields, request, extensions)
  readInclude(fields, request, extensions)
  readUser(fields, request, extensions)
  if (isHostedChoice(fields.tool_choice)) extensions.tool_choice = fields.tool_choice
  putExtensions(request, extensions)
  return request
}

function putExtensions(request: ChatRequest, fields: JsonObject): void {
  const names = Object.keys(fields)
  if (names.length === 0) return
  const essential = names.filter((name) => isEssential(name, fields[name]))
  request.extensions = {
    dialect: 'openai-responses',
    fields,
    ...(essential.length > 0 && { essential }),
  }
}

/** Without these the answer would be to another question, or would not come at all. */
function isEssential(name: string, value: Json | undefined): boolean {
  if (name === 'background') return value === true
  return name === 'conversation' || name === 'prompt' || name === 'tool_choice'
}

function readText(fields: JsonObject, request: ChatRequest, extensions: JsonObject): void {
  const text = optionalObject(fields, 'text', '')
  if (text === undefined) return
  put(request, 'responseFormat', readResponseFormat(text))
  put(request, 'verbosity', optionalString(text, 'verbosity', 'text.'))
  put(extensions, 'text', otherFields(text, ['format', 'verbosity']))
}

function readReasoning(fields: JsonObject, request: ChatRequest, extensions: JsonObject): void {
  const reasoning = optionalObject(fields, 'reasoning', '')
  if (reasoning === undefined) return
  const effort = optionalString(reasoning, 'effort', 'reasoning.')
  const summary = optionalString(reasoning, 'summary', 'reasoning.')
  if (effort || summary) {
    request.reasoning = { ...(effort && { effort }), ...(summary && { summary }) }
  }
  put(extensions, 'reasoning', otherFields(reasoning, ['effort', 'summary']))
}

function readInclude(fields: JsonObject, request: ChatRequest, extensions: JsonObject): void {
  const names = optionalStrings(fields, 'include', '') ?? []
  const top = optionalInteger(fields, 'top_logprobs', '', 0, 20)
  if (names.includes(includeLogprobs)) request.logprobs = top === undefined ? {} : { top }
  else if (top) extensions.top_logprobs = top
  const others = names.filter((name) => name !== includeLogprobs)
  if (others.length > 0) request.include = others
}

/** `safety_identifier` is the newer name of `user`; only both together need both places. */
function readUser(fields: JsonObject, request: ChatRequest, extensions: JsonObject): void {
  const identifier = optionalString(fields, 'safety_identifier', '')
  const user = optionalString(fields, 'user', '')
  put(request, 'user', user ?? identifier)
  if (user !== undefined) put(extensions, 'safety_identifier', identifier)
}

function readMetadata(fields: JsonObject): Record<string, string> | undefined {
  const metadata = optionalObject(fields, 'metadata', '')
  if (metadata === undefined) return undefined
  const keys = Object.keys(metadata)
  if (keys.length > 16) return refuse('metadata', 'an object of at most 16 entries')
  for (const key of keys) {
    if (key.length > 64) {
      return refuse('metadata', 'an object whose keys have at most 64 characters')
    }
    const value = metadata[key]
    if (typeof value !== 'string' || value.length > 512) {
      return refuseKind(`metadata.${key}`, 'a string of at most 512 characters', value)
    }
  }
  return metadata as Record<string, string>
}
