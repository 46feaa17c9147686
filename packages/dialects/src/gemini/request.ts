// A request for content, both ways. Contents, tools and `generationConfig` have files of their own.

import {
  type CallAddress,
  type ChatRequest,
  type Headers,
  HubError,
  isJsonObject,
  type Json,
  type JsonBody,
  type JsonObject,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { Losses } from '../losses.ts'
import { optionalObject, optionalString, otherFields, put, refuseKind } from '../read-field.ts'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { merged, readGenerationConfig, writeGenerationConfig } from './generation-config.ts'
import { camelKeys, contentPath } from './names.ts'
import { readMessages } from './read-contents.ts'
import { readToolConfig, readTools, writeToolChoice, writeTools } from './tools.ts'
import { writeContents } from './write-contents.ts'

/** Fields with a place of their own in `ChatRequest`. The others travel in `extensions`. */
const knownFields: ReadonlySet<string> = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'serviceTier',
])

/**
 * @param address names the model and says whether to stream: the body does neither.
 * @throws HubError `invalid_request` naming the field.
 */
export function readRequest(body: JsonBody, _headers: Headers, address?: CallAddress): ChatRequest {
  const request = readContentRequest(body.value, address?.model)
  if (address?.stream) request.stream = { includeUsage: true }
  return request
}

/** @param model from the address; the body may name it too, and does when it is part of another. */
export function readContentRequest(value: JsonObject, model: string | undefined): ChatRequest {
  const fields = camelKeys(value)
  const request: ChatRequest = {
    model: readModel(model ?? fields.model),
    messages: readMessages(fields),
    sampling: {},
  }
  put(request, 'tools', readTools(fields))
  const { choice, others: toolConfig } = readToolConfig(fields)
  put(request, 'toolChoice', choice)
  const config = optionalObject(fields, 'generationConfig', '')
  const generationConfig = config && readGenerationConfig(config, request)
  put(request, 'serviceTier', readTier(fields))
  const extensions = {
    ...otherFields(fields, knownFields),
    ...(toolConfig && { toolConfig }),
    ...(generationConfig && { generationConfig }),
  }
  if (Object.keys(extensions).length > 0) {
    const essential = essentialOf(extensions)
    request.extensions = {
      dialect: 'gemini',
      fields: extensions,
      ...(essential.length > 0 && { essential }),
    }
  }
  return request
}

/** A part of the prompt, a part of the answer, and an answer in a form that only Google has. */
function essentialOf({ cachedContent, continuationToken, generationConfig }: JsonObject): string[] {
  const forms = ['responseMimeType', 'responseSchema', 'responseJsonSchema', 'responseFormat']
  const hasForm = isJsonObject(generationConfig) && forms.some((form) => form in generationConfig)
  return [
    ...(cachedContent === undefined ? [] : ['cachedContent']),
    ...(continuationToken === undefined ? [] : ['continuationToken']),
    ...(hasForm ? ['generationConfig'] : []),
  ]
}

function readModel(model: Json | undefined): string {
  const name = typeof model === 'string' ? model.replace(/^models\//, '') : ''
  return name === '' ? refuseKind('model', 'a string that is not empty', model) : name
}

/** What Google calls `standard`, the others call `default`. */
function readTier(fields: JsonObject): string | undefined {
  const tier = optionalString(fields, 'serviceTier', '')?.toLowerCase()
  if (tier === 'unspecified') return undefined
  return tier === 'standard' ? 'default' : tier
}

function writeTier(tier: string | undefined, losses: Losses): string | undefined {
  if (tier === undefined || tier === 'auto') return undefined
  if (tier === 'default' || tier === 'standard') return 'standard'
  if (tier === 'flex' || tier === 'priority') return tier
  losses.hint('service_tier')
  return undefined
}

const isFilled = (value: Json) => Array.isArray(value) && value.length > 0

/** Fields, top-level or of `generationConfig`, that say what is asked. */
const contentMeaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['tools', isFilled],
  ['candidateCount', (value) => value !== 1],
  ['stopSequences', isFilled],
  ['responseLogprobs', (value) => value === true],
  ['responseMimeType', (value) => value !== 'text/plain'],
  ['responseSchema', () => true],
  ['responseJsonSchema', () => true],
  ['responseModalities', (value) => JSON.stringify(value) !== '["TEXT"]'],
])

/**
 * The fields the target refuses, in the body and in its `generationConfig`. `systemInstruction` is not
 * among them: what it says moves into the contents.
 * @throws HubError `unsupported_parameter` when leaving one out would change what was asked.
 */
export function refusedContentFields(wire: JsonObject, target: WireTarget) {
  const { systemInstruction: _, ...others } = wire
  return refusedFields(others, target, contentMeaning)
}

/** @throws HubError `unsupported_parameter` for meaning this dialect or this target cannot express. */
export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  const losses = new Losses(target)
  const wire = writeContentRequest(request, target, losses)
  return {
    path: contentPath(target.model, request.stream !== undefined),
    body: JSON.stringify(wire),
    dropped: losses.dropped,
  }
}

/** @throws HubError as `writeRequest`. */
export function writeContentRequest(
  request: ChatRequest,
  target: WireTarget,
  losses: Losses,
): JsonObject {
  refuseAudio(request, target)
  if (request.previousResponseId !== undefined) losses.meaning('previous_response_id', 'Gemini')
  const { toolConfig, generationConfig, ...others } = losses.extensions(request, 'gemini')
  const config = merged(generationConfig, writeGenerationConfig(request, target, losses))
  const functionCallingConfig = writeToolChoice(request, losses)
  const wire: JsonObject = {
    ...others,
    ...writeContents(request.messages, target, losses),
    tools: writeTools(request.tools ?? [], losses),
    toolConfig: merged(toolConfig, { functionCallingConfig }),
    generationConfig: config && without(config, target, losses),
    serviceTier: writeTier(request.serviceTier, losses),
  }
  hints(request, losses)
  return without(wire, target, losses)
}

function without(fields: JsonObject, target: WireTarget, losses: Losses): JsonObject {
  const { remove, dropped } = refusedContentFields(fields, target)
  for (const field of remove) delete fields[field]
  for (const field of dropped) losses.hint(field)
  return fields
}

function refuseAudio({ audio, modalities }: ChatRequest, { provider, model }: WireTarget): void {
  if (audio === undefined && !modalities?.includes('audio')) return
  throw new HubError(
    'unsupported_parameter',
    `An answer in audio can only be passed on unchanged, and a call of ${provider}/${model} in this form has to be rewritten. Leave out audio, or use another model.`,
    { param: 'audio' },
  )
}

/** What other dialects say to help, and this one has no words for. */
function hints(request: ChatRequest, losses: Losses): void {
  const { cacheKey, verbosity, metadata, user, store } = request
  if (cacheKey !== undefined) losses.hint('prompt_cache_key')
  if (verbosity !== undefined && verbosity !== 'medium') losses.hint('verbosity')
  losses.include(request)
  if (metadata !== undefined) losses.hint('metadata')
  if (user !== undefined) losses.hint('user')
  if (store) losses.hint('store')
  losses.headers(request)
}
