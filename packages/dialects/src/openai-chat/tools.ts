// Tools, the choice among them, and the format of the answer.

import {
  type ChatRequest,
  isJsonObject,
  type Json,
  type JsonObject,
  type ResponseFormat,
  type Tool,
  type ToolChoice,
} from '@aigne-hub/protocol'
import { readNamedSchema } from '../named-schema.ts'
import {
  objectAt,
  oneOf,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  otherFields,
  put,
  refuseKind,
  requiredObject,
  requiredString,
} from '../read-field.ts'
import { readCacheControl, writeCacheControl } from './cache-control.ts'
import type { WriteContext } from './write-context.ts'

/** Marks a tool that came as a legacy `functions` entry: its caller expects `function_call` back. */
const legacy = 'functions'

/** Whether the caller speaks of `functions` rather than `tools`. */
export function usesLegacyFunctions({ tools }: Pick<ChatRequest, 'tools'>): boolean {
  return (
    tools?.some((tool) => tool.type === 'function' && tool.native?.['openai-chat'] === legacy) ??
    false
  )
}

export function readTools(fields: JsonObject): Tool[] | undefined {
  const tools = optionalArray(fields, 'tools', '')
  const functions = optionalArray(fields, 'functions', '')
  const read = [
    ...(tools ?? []).map((value, index) =>
      readTool(objectAt(value, 'tools', index), `tools[${index}].`),
    ),
    ...(functions ?? []).map((value, index): Tool => {
      const tool = readFunction(objectAt(value, 'functions', index), `functions[${index}].`)
      return { ...tool, native: { 'openai-chat': legacy } }
    }),
  ]
  return read.length > 0 ? read : undefined
}

type FunctionTool = Extract<Tool, { type: 'function' }>

function readFunction(fields: JsonObject, at: string): FunctionTool {
  const tool: FunctionTool = { type: 'function', name: requiredString(fields, 'name', at) }
  put(tool, 'description', optionalString(fields, 'description', at))
  put(tool, 'schema', optionalObject(fields, 'parameters', at))
  put(tool, 'strict', optionalBoolean(fields, 'strict', at))
  return tool
}

function readTool(fields: JsonObject, at: string): Tool {
  const { type } = fields
  if (type === 'function') {
    const tool = readFunction(requiredObject(fields, 'function', at), `${at}function.`)
    put(tool, 'cache', readCacheControl(fields, at))
    const others = otherFields(fields, ['type', 'function', 'cache_control'])
    if (others) tool.native = { 'openai-chat': others }
    return tool
  }
  if (type === 'custom') {
    const custom = requiredObject(fields, 'custom', at)
    const tool: Tool = { type, name: requiredString(custom, 'name', `${at}custom.`) }
    put(tool, 'description', optionalString(custom, 'description', `${at}custom.`))
    put(tool, 'format', readCustomFormat(optionalObject(custom, 'format', `${at}custom.`)))
    return tool
  }
  if (typeof type !== 'string' || type === '') {
    return refuseKind(`${at}type`, 'a string: "function", "custom" or a tool of the provider', type)
  }
  return { type: 'server', dialect: 'openai-chat', value: fields }
}

/** @throws HubError `unsupported_parameter` for a tool that only another dialect has. */
export function writeTool(tool: Tool, index: number, context: WriteContext): Json | undefined {
  if (tool.type === 'server') {
    if (tool.dialect === 'openai-chat') return tool.value
    const param = `tools[${index}]`
    const what = `${param}, which runs at another provider`
    context.losses.meaning(param, 'OpenAI chat', what)
    return undefined
  }
  const { name, description } = tool
  const named = { name, ...(description !== undefined && { description }) }
  if (tool.type === 'custom') {
    const format = writeCustomFormat(tool.format)
    return { type: 'custom', custom: { ...named, ...(format !== undefined && { format }) } }
  }
  const { schema, strict, native } = tool
  const others = native?.['openai-chat']
  const wire: JsonObject = {
    ...(isJsonObject(others) && others),
    type: 'function',
    function: {
      ...named,
      ...(schema !== undefined && { parameters: schema }),
      ...(strict !== undefined && { strict }),
    },
  }
  writeCacheControl(wire, tool.cache, context)
  return wire
}

/** A grammar has an object of its own in this dialect alone; inside, as in Responses, it is flat. */
function readCustomFormat(format: JsonObject | undefined): JsonObject | undefined {
  if (format?.type !== 'grammar' || !isJsonObject(format.grammar)) return format
  const { grammar, ...others } = format
  return { ...(grammar as JsonObject), ...others }
}

function writeCustomFormat(format: Json | undefined): Json | undefined {
  if (!isJsonObject(format) || format.type !== 'grammar') return format
  const { type, ...grammar } = format
  return { type, grammar }
}

const choices = ['none', 'auto', 'required'] as const
const choiceWords = `a string (${oneOf(choices)}) or an object naming a tool`

export function readToolChoice(fields: JsonObject): ToolChoice | undefined {
  const value = fields.tool_choice
  if (value === undefined || value === null) return readFunctionCall(fields.function_call)
  const word = choices.find((choice) => choice === value)
  if (word !== undefined) return word
  if (!isJsonObject(value)) return refuseKind('tool_choice', choiceWords, value)
  if (value.type !== 'allowed_tools') return readToolName(value, 'tool_choice.')
  const at = 'tool_choice.allowed_tools.'
  const allowed = requiredObject(value, 'allowed_tools', 'tool_choice.')
  const { mode } = allowed
  if (mode !== 'auto' && mode !== 'required') {
    return refuseKind(`${at}mode`, 'a string: "auto" or "required"', mode)
  }
  const tools =
    optionalArray(allowed, 'tools', at) ?? refuseKind(`${at}tools`, 'an array', allowed.tools)
  return {
    type: 'allowed',
    mode,
    tools: tools.map((tool, index) =>
      readToolName(objectAt(tool, `${at}tools`, index), `${at}tools[${index}].`),
    ),
  }
}

/** Legacy: a word, or `{name}`. */
function readFunctionCall(value: Json | undefined): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined
  if (value === 'none' || value === 'auto') return value
  if (!isJsonObject(value)) {
    return refuseKind(
      'function_call',
      'a string ("none" or "auto") or an object naming a function',
      value,
    )
  }
  return { type: 'function', name: requiredString(value, 'name', 'function_call.') }
}

/** `{type, <type>: {name}}`, or `{type, name}` as the Responses API has it. */
function readToolName(
  fields: JsonObject,
  at: string,
): { type: 'function' | 'custom'; name: string } {
  const { type } = fields
  if (type !== 'function' && type !== 'custom') {
    const expected = `a string: "function"${at === 'tool_choice.' ? ', "allowed_tools"' : ''} or "custom"`
    return refuseKind(`${at}type`, expected, type)
  }
  const inner = fields[type]
  return isJsonObject(inner)
    ? { type, name: requiredString(inner, 'name', `${at}${type}.`) }
    : { type, name: requiredString(fields, 'name', at) }
}

export function writeToolChoice(choice: ToolChoice): Json {
  if (typeof choice === 'string') return choice
  if (choice.type !== 'allowed') return writeToolName(choice)
  const { mode, tools } = choice
  return { type: 'allowed_tools', allowed_tools: { mode, tools: tools.map(writeToolName) } }
}

function writeToolName({ type, name }: { type: 'function' | 'custom'; name: string }): JsonObject {
  return { type, [type]: { name } }
}

export function readResponseFormat(fields: JsonObject): ResponseFormat | undefined {
  const format = optionalObject(fields, 'response_format', '')
  if (format === undefined) return undefined
  const { type } = format
  if (type === 'text') return { type }
  if (type === 'json_object') return { type: 'json' }
  if (type !== 'json_schema') {
    const expected = `a string: ${oneOf(['text', 'json_object', 'json_schema'])}`
    return refuseKind('response_format.type', expected, type)
  }
  const wire = requiredObject(format, 'json_schema', 'response_format.')
  return readNamedSchema(wire, 'response_format.json_schema.')
}

export function writeResponseFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'text') return { type: 'text' }
  if (format.type === 'json') return { type: 'json_object' }
  const { type: _, ...schema } = format
  return { type: 'json_schema', json_schema: schema }
}
