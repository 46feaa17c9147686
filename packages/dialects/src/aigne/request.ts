// A chat request of the published AIGNE clients.

import type {
  ChatRequest,
  Json,
  JsonBody,
  JsonObject,
  ReasoningWish,
  ResponseFormat,
  Tool,
  ToolChoice,
} from '@aigne-hub/protocol'
import { readCamelSampling } from '../camel-sampling.ts'
import {
  objectAt,
  oneOf,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalString,
  optionalStrings,
  otherFields,
  put,
  refuseKind,
  requiredObject,
  requiredString,
} from '../read-field.ts'
import { readMessages } from './messages.ts'

const at = 'input.'
const optionsAt = 'input.modelOptions.'

/** Options with a place of their own in `ChatRequest`, or that only concern the client. */
const knownOptions: ReadonlySet<string> = new Set([
  'model',
  'temperature',
  'topP',
  'topK',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'maxTokens',
  'parallelToolCalls',
  'modalities',
  'reasoningEffort',
  'cacheConfig',
  'preferInputFileType',
])

/**
 * Reads `{ input: { messages, tools, modelOptions … }, options: { streaming } }`. Version 0.1 has the
 * model at the top.
 * @throws HubError `invalid_request` naming the field.
 */
export function readRequest({ value: fields }: JsonBody): ChatRequest {
  const input = requiredObject(fields, 'input', '')
  const options = optionalObject(input, 'modelOptions', at) ?? {}
  const request: ChatRequest = {
    model: optionalString(options, 'model', optionsAt) || requiredString(fields, 'model', ''),
    messages: readMessages(input, at),
    sampling: readCamelSampling(options, optionsAt),
  }
  put(request, 'tools', readTools(input))
  put(request, 'toolChoice', readToolChoice(input.toolChoice))
  put(request, 'parallelToolCalls', optionalBoolean(options, 'parallelToolCalls', optionsAt))
  put(request, 'responseFormat', readResponseFormat(input))
  put(request, 'maxOutputTokens', optionalInteger(options, 'maxTokens', optionsAt, 1))
  put(request, 'reasoning', readReasoning(options.reasoningEffort))
  put(request, 'modalities', optionalStrings(options, 'modalities', optionsAt))
  const calling = optionalObject(fields, 'options', '')
  // Anything but true wants one document.
  if (calling?.streaming === true) request.stream = { includeUsage: true }
  if (wantsCaching(options)) request.cacheAuto = true
  const others = otherFields(options, knownOptions)
  if (others) request.extensions = { dialect: 'aigne', fields: others }
  return request
}

/** A word, or a number of tokens. */
function readReasoning(effort: Json | undefined): ReasoningWish | undefined {
  if (effort === undefined || effort === null) return undefined
  if (typeof effort === 'string') return { effort }
  if (Number.isSafeInteger(effort) && (effort as number) >= 0) {
    return effort === 0 ? { effort: 'none' } : { budgetTokens: effort as number }
  }
  return refuseKind(
    `${optionsAt}reasoningEffort`,
    'a string or a whole number of at least 0',
    effort,
  )
}

/** The clients always ask for a cache up to the last message. */
function wantsCaching(options: JsonObject): boolean {
  const config = optionalObject(options, 'cacheConfig', optionsAt)
  const breakpoints =
    config && optionalObject(config, 'autoBreakpoints', `${optionsAt}cacheConfig.`)
  return breakpoints !== undefined && Object.values(breakpoints).includes(true)
}

function readTools(input: JsonObject): Tool[] | undefined {
  const list = optionalArray(input, 'tools', at)
  if (list === undefined || list.length === 0) return undefined
  return list.map((value, index) => {
    const here = `${at}tools[${index}].function.`
    const fields = requiredObject(
      objectAt(value, `${at}tools`, index),
      'function',
      `${at}tools[${index}].`,
    )
    const tool: Tool = { type: 'function', name: requiredString(fields, 'name', here) }
    put(tool, 'description', optionalString(fields, 'description', here))
    put(tool, 'schema', optionalObject(fields, 'parameters', here))
    return tool
  })
}

const choices = ['auto', 'none', 'required'] as const

function readToolChoice(value: Json | undefined): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined
  const word = choices.find((choice) => choice === value)
  if (word !== undefined) return word
  if (typeof value !== 'object' || Array.isArray(value)) {
    const expected = `a string (${oneOf(choices)}) or an object naming a tool`
    return refuseKind(`${at}toolChoice`, expected, value)
  }
  const named = requiredObject(value, 'function', `${at}toolChoice.`)
  return { type: 'function', name: requiredString(named, 'name', `${at}toolChoice.function.`) }
}

function readResponseFormat(input: JsonObject): ResponseFormat | undefined {
  const format = optionalObject(input, 'responseFormat', at)
  if (format === undefined) return undefined
  const { type } = format
  if (type === 'text') return { type }
  if (type === 'json_object') return { type: 'json' }
  if (type !== 'json_schema') {
    const expected = `a string: ${oneOf(['text', 'json_object', 'json_schema'])}`
    return refuseKind(`${at}responseFormat.type`, expected, type)
  }
  const here = `${at}responseFormat.jsonSchema.`
  const wire = requiredObject(format, 'jsonSchema', `${at}responseFormat.`)
  const read: ResponseFormat = {
    type: 'jsonSchema',
    name: optionalString(wire, 'name', here) || 'output',
  }
  put(read, 'description', optionalString(wire, 'description', here))
  put(read, 'schema', optionalObject(wire, 'schema', here))
  put(read, 'strict', optionalBoolean(wire, 'strict', here))
  return read
}
