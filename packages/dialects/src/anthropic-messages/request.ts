// A caller's request.

import type {
  ChatRequest,
  Headers,
  JsonBody,
  JsonObject,
  ResponseFormat,
  Sampling,
} from '@aigne-hub/protocol'
import {
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStrings,
  otherFields,
  put,
  refuseKind,
  requiredObject,
  requiredString,
} from '../read-field.ts'
import { readCacheControl } from './cache-control.ts'
import { readMessages } from './messages.ts'
import { readThinking } from './thinking.ts'
import { readToolChoice, readTools } from './tools.ts'

/** Fields with a place of their own in `ChatRequest`. The others travel in `extensions`. */
const knownFields: ReadonlySet<string> = new Set([
  'model',
  'max_tokens',
  'messages',
  'system',
  'stop_sequences',
  'stream',
  'metadata',
  'service_tier',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'cache_control',
])

/** Fields without a place, whose loss would change what is asked: tools that run elsewhere. */
const essentialFields = ['mcp_servers', 'container'] as const

/** Headers that change what is asked. */
const keptHeaders = ['anthropic-version', 'anthropic-beta'] as const

/** @throws HubError `invalid_request` naming the field. */
export function readRequest(body: JsonBody, headers: Headers): ChatRequest {
  const request = readPrompt(body, headers)
  request.maxOutputTokens =
    optionalInteger(body.value, 'max_tokens', '', 0) ??
    refuseKind('max_tokens', 'a whole number of at least 0', body.value.max_tokens ?? undefined)
  return request
}

/**
 * What both operations ask about: everything but `max_tokens`.
 * @throws HubError `invalid_request` naming the field.
 */
export function readPrompt({ value: fields }: JsonBody, headers: Headers): ChatRequest {
  const request: ChatRequest = {
    model: requiredString(fields, 'model', ''),
    messages: readMessages(fields),
    sampling: readSampling(fields),
    ...readToolChoice(fields),
  }
  put(request, 'tools', readTools(fields))
  put(request, 'responseFormat', readFormat(fields))
  put(request, 'stop', readStop(fields))
  if (optionalBoolean(fields, 'stream', '')) request.stream = { includeUsage: true }
  const tier = optionalString(fields, 'service_tier', '')
  put(request, 'serviceTier', tier === 'standard_only' ? 'default' : tier)
  const thinking = readThinking(fields)
  put(request, 'reasoning', thinking.reasoning)
  const extensions = { ...otherFields(fields, knownFields), ...thinking.extensions }
  readMetadata(fields, request, extensions)
  const mark = readCacheControl(fields, '')
  if (mark) {
    request.cacheAuto = true
    if (mark.ttl !== undefined) extensions.cache_control = { ttl: mark.ttl }
  }
  if (Object.keys(extensions).length > 0) {
    request.extensions = { dialect: 'anthropic-messages', fields: extensions }
    const essential = essentialFields.filter((field) => field in extensions)
    if (essential.length > 0) request.extensions.essential = essential
  }
  const kept = keptHeaders.filter((name) => headers[name] !== undefined)
  if (kept.length > 0) {
    request.headers = Object.fromEntries(kept.map((name) => [name, headers[name] as string]))
  }
  return request
}

function readSampling(fields: JsonObject): Sampling {
  const sampling: Sampling = {}
  put(sampling, 'temperature', optionalNumber(fields, 'temperature', '', 0, 1))
  put(sampling, 'topP', optionalNumber(fields, 'top_p', '', 0, 1))
  put(sampling, 'topK', optionalInteger(fields, 'top_k', '', 0))
  return sampling
}

function readStop(fields: JsonObject): string[] | undefined {
  const list = optionalStrings(fields, 'stop_sequences', '')
  return list?.length ? list : undefined
}

/** The name that a schema has where one is needed; Anthropic gives it none. */
const schemaName = 'response'

function readFormat(fields: JsonObject): ResponseFormat | undefined {
  const config = optionalObject(fields, 'output_config', '')
  const format = config && optionalObject(config, 'format', 'output_config.')
  if (!format) return undefined
  const at = 'output_config.format.'
  if (format.type !== 'json_schema') {
    return refuseKind(`${at}type`, 'the string "json_schema"', format.type)
  }
  return { type: 'jsonSchema', name: schemaName, schema: requiredObject(format, 'schema', at) }
}

function readMetadata(fields: JsonObject, request: ChatRequest, extensions: JsonObject): void {
  const metadata = optionalObject(fields, 'metadata', '')
  if (metadata === undefined) return
  put(request, 'user', optionalString(metadata, 'user_id', 'metadata.'))
  const others = otherFields(metadata, ['user_id'])
  if (others) extensions.metadata = others
}
