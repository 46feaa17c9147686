// `generationConfig`: how the answer is to be made.

import {
  type ChatRequest,
  isJsonObject,
  type Json,
  type JsonObject,
  type ResponseFormat,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readCamelSampling } from '../camel-sampling.ts'
import type { Losses } from '../losses.ts'
import {
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
  optionalStrings,
  otherFields,
  put,
  refuse,
} from '../read-field.ts'
import { fromOpenApi, toGoogle } from './json-schema.ts'
import { camelKeys } from './names.ts'
import { readThinking, thinkingFields, writeThinking } from './thinking.ts'

const at = 'generationConfig.'
const jsonType = 'application/json'
const maxStops = 5

const knownFields: ReadonlySet<string> = new Set([
  'temperature',
  'topP',
  'topK',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'maxOutputTokens',
  'stopSequences',
  'candidateCount',
  'responseLogprobs',
  'logprobs',
  'responseModalities',
  'thinkingConfig',
])
const formatFields = ['responseMimeType', 'responseSchema', 'responseJsonSchema']

/** Fills in the request. @returns what has no place there. */
export function readGenerationConfig(
  value: JsonObject,
  request: ChatRequest,
): JsonObject | undefined {
  const fields = camelKeys(value)
  request.sampling = readCamelSampling(fields, at)
  put(request, 'maxOutputTokens', optionalInteger(fields, 'maxOutputTokens', at, 1))
  put(request, 'stop', readStop(fields))
  put(request, 'n', optionalInteger(fields, 'candidateCount', at, 1, 128))
  put(request, 'logprobs', readLogprobsWish(fields))
  put(request, 'modalities', readModalities(fields))
  const thinking = camelKeys(optionalObject(fields, 'thinkingConfig', at) ?? {})
  put(request, 'reasoning', readThinking(thinking, `${at}thinkingConfig.`))
  const format = readFormat(fields)
  put(request, 'responseFormat', format)
  const others = otherFields(fields, knownFields) ?? {}
  if (format) for (const key of formatFields) delete others[key]
  const thinkingConfig = otherFields(thinking, thinkingFields)
  if (thinkingConfig) others.thinkingConfig = thinkingConfig
  return Object.keys(others).length > 0 ? others : undefined
}

function readStrings(fields: JsonObject, key: string): string[] | undefined {
  const list = optionalStrings(fields, key, at)
  return list?.length ? list : undefined
}

function readStop(fields: JsonObject): string[] | undefined {
  const stop = readStrings(fields, 'stopSequences')
  if (stop && stop.length > maxStops) {
    return refuse(`${at}stopSequences`, `an array of at most ${maxStops} strings`)
  }
  return stop
}

function readModalities(fields: JsonObject): string[] | undefined {
  return readStrings(fields, 'responseModalities')?.map((modality) => modality.toLowerCase())
}

function readLogprobsWish(fields: JsonObject): { top?: number } | undefined {
  const wanted = optionalBoolean(fields, 'responseLogprobs', at)
  const top = optionalInteger(fields, 'logprobs', at, 0, 20)
  if (!wanted)
    return top ? refuse(`${at}logprobs`, 'absent unless responseLogprobs is true') : undefined
  return top === undefined ? {} : { top }
}

/** Google's schemas have no name. */
const schemaName = 'response'

function readFormat(fields: JsonObject): ResponseFormat | undefined {
  const type = optionalString(fields, 'responseMimeType', at)
  const jsonSchema = optionalObject(fields, 'responseJsonSchema', at)
  const openApi = optionalObject(fields, 'responseSchema', at)
  if (type === 'text/plain' && !jsonSchema && !openApi) return { type: 'text' }
  // A choice of one word (`text/x.enum`) is Google's alone.
  if (type !== jsonType) return undefined
  const schema = jsonSchema ?? (openApi && fromOpenApi(openApi))
  return schema ? { type: 'jsonSchema', name: schemaName, schema } : { type: 'json' }
}

/** Whatever of the request `generationConfig` has words for; undefined members are no JSON. */
export function writeGenerationConfig(
  request: ChatRequest,
  target: WireTarget,
  losses: Losses,
): JsonObject {
  const { sampling, logprobs, stop, modalities } = request
  if (Object.keys(sampling.logitBias ?? {}).length > 0) losses.hint('logit_bias')
  if (stop && stop.length > maxStops) losses.meaning('stop', 'Gemini', 'more than 5 stop sequences')
  return {
    temperature: sampling.temperature,
    topP: sampling.topP,
    // Where others say -1, Google takes silence.
    topK: sampling.topK !== undefined && sampling.topK >= 0 ? sampling.topK : undefined,
    presencePenalty: sampling.presencePenalty,
    frequencyPenalty: sampling.frequencyPenalty,
    seed: sampling.seed,
    maxOutputTokens: request.maxOutputTokens,
    stopSequences: stop?.slice(0, maxStops),
    candidateCount: request.n,
    responseLogprobs: logprobs && true,
    logprobs: logprobs?.top,
    responseModalities: modalities?.map((modality) => modality.toUpperCase()),
    thinkingConfig: writeThinking(request.reasoning, target.quirks, losses),
    ...writeFormat(request, target, losses),
  }
}

/** JSON together with functions: only models that think by level take both, and only in mode AUTO. */
function writeFormat(request: ChatRequest, { quirks }: WireTarget, losses: Losses): JsonObject {
  const { responseFormat: format, tools, toolChoice = 'auto' } = request
  if (format === undefined) return {}
  if (format.type === 'text') return { responseMimeType: 'text/plain' }
  const hasFunctions = tools?.some(({ type }) => type === 'function') ?? false
  const takesBoth = quirks.thinkingLevels !== undefined && toolChoice === 'auto'
  if (hasFunctions && !takesBoth) {
    losses.meaning('response_format', undefined, 'response_format together with these tools')
    return {}
  }
  if (format.type === 'json' || format.schema === undefined) return { responseMimeType: jsonType }
  if (format.description !== undefined) losses.hint('response_format.description')
  return { responseMimeType: jsonType, responseJsonSchema: toGoogle(format.schema) }
}

/** The caller's own leftovers and what we write; inside of an object the leftovers count. */
export function merged(others: Json | undefined, ours: JsonObject): JsonObject | undefined {
  const result: JsonObject = isJsonObject(others) ? { ...others } : {}
  for (const key in ours) {
    const value = ours[key]
    if (value === undefined) continue
    const before = result[key]
    result[key] = isJsonObject(before) && isJsonObject(value) ? { ...value, ...before } : value
  }
  return Object.keys(result).length > 0 ? result : undefined
}
