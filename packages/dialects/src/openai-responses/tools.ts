// Tools, the choice among them, and the format of the answer: all of them flat on this wire.

import {
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
  requiredString,
} from '../read-field.ts'
import type { WriteContext } from './write-context.ts'

const dialect = 'openai-responses'

export function readTools(fields: JsonObject): Tool[] | undefined {
  const tools = optionalArray(fields, 'tools', '')
  if (tools === undefined || tools.length === 0) return undefined
  return tools.map((value, index) => readTool(objectAt(value, 'tools', index), `tools[${index}].`))
}

function readTool(fields: JsonObject, at: string): Tool {
  const { type } = fields
  if (type === 'function') {
    const tool: Tool = { type, name: requiredString(fields, 'name', at) }
    put(tool, 'description', optionalString(fields, 'description', at))
    put(tool, 'schema', optionalObject(fields, 'parameters', at))
    put(tool, 'strict', optionalBoolean(fields, 'strict', at))
    const others = otherFields(fields, ['type', 'name', 'description', 'parameters', 'strict'])
    if (others) tool.native = { [dialect]: others }
    return tool
  }
  if (typeof type !== 'string' || type === '') {
    return refuseKind(`${at}type`, 'a string: "function", "custom" or a tool of the provider', type)
  }
  const isPlain = otherFields(fields, ['type', 'name', 'description', 'format']) === undefined
  // A custom tool with more to say is kept whole: it has no other place for it.
  if (type !== 'custom' || !isPlain) return { type: 'server', dialect, value: fields }
  const tool: Tool = { type, name: requiredString(fields, 'name', at) }
  put(tool, 'description', optionalString(fields, 'description', at))
  put(tool, 'format', optionalObject(fields, 'format', at))
  return tool
}

/** The tools in this dialect's words; what it has no words for goes through `losses`. */
export function writeTools(
  tools: readonly Tool[] | undefined,
  { losses }: Pick<WriteContext, 'losses'>,
): Json[] | undefined {
  const written: Json[] = []
  tools?.forEach((tool, index) => {
    if (tool.type === 'function' && tool.cache) losses.hint('cache_control')
    const wire = writeTool(tool)
    if (wire === undefined) losses.meaning(`tools[${index}]`)
    else written.push(wire)
  })
  return written.length > 0 ? written : undefined
}

/** Undefined for a tool that only another dialect has. */
export function writeTool(tool: Tool): Json | undefined {
  if (tool.type === 'server') return tool.dialect === dialect ? tool.value : undefined
  const { name, description } = tool
  const named = { name, ...(description !== undefined && { description }) }
  if (tool.type === 'custom') {
    return { type: 'custom', ...named, ...(tool.format !== undefined && { format: tool.format }) }
  }
  const { schema, strict, native } = tool
  const others = native?.[dialect]
  return {
    ...(isJsonObject(others) && others),
    type: 'function',
    ...named,
    parameters: schema ?? null,
    // Strict unless told otherwise, here alone: a schema written for elsewhere may not fit that.
    strict: strict ?? false,
  }
}

const choices = ['none', 'auto', 'required'] as const

/** Undefined also for the choice of a hosted tool, which `isHostedChoice` tells. */
export function readToolChoice({ tool_choice: value }: JsonObject): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined
  const word = choices.find((choice) => choice === value)
  if (word !== undefined) return word
  if (!isJsonObject(value)) {
    return refuseKind(
      'tool_choice',
      `a string (${oneOf(choices)}) or an object naming a tool`,
      value,
    )
  }
  const { type } = value
  if (typeof type !== 'string' || type === '') {
    return refuseKind('tool_choice.type', 'a string', type)
  }
  if (isHostedChoice(value)) return undefined
  if (type !== 'allowed_tools') return readToolName(value, type, 'tool_choice.')
  const { mode } = value
  if (mode !== 'auto' && mode !== 'required') {
    return refuseKind('tool_choice.mode', 'a string: "auto" or "required"', mode)
  }
  const tools = (value.tools as Json[]).map((tool, index) => {
    const fields = objectAt(tool, 'tool_choice.tools', index)
    return readToolName(fields, fields.type, `tool_choice.tools[${index}].`)
  })
  return { type: 'allowed', mode, tools }
}

/** Whether the choice names a tool that runs at the provider: only this dialect can say that. */
export function isHostedChoice(value: Json | undefined): boolean {
  if (!isJsonObject(value) || typeof value.type !== 'string') return false
  if (value.type !== 'allowed_tools') return !isNamed(value)
  if (!Array.isArray(value.tools)) {
    return refuseKind('tool_choice.tools', 'an array', value.tools)
  }
  return value.tools.some((tool) => isJsonObject(tool) && !isNamed(tool))
}

const isNamed = ({ type }: JsonObject) => type === 'function' || type === 'custom'

function readToolName(
  fields: JsonObject,
  type: Json | undefined,
  at: string,
): { type: 'function' | 'custom'; name: string } {
  return {
    type: type === 'custom' ? 'custom' : 'function',
    name: requiredString(fields, 'name', at),
  }
}

export function writeToolChoice(choice: ToolChoice): Json {
  if (typeof choice === 'string') return choice
  if (choice.type !== 'allowed') return { type: choice.type, name: choice.name }
  const { mode, tools } = choice
  return { type: 'allowed_tools', mode, tools: tools.map(({ type, name }) => ({ type, name })) }
}

/** `text.format`. */
export function readResponseFormat(text: JsonObject): ResponseFormat | undefined {
  const format = optionalObject(text, 'format', 'text.')
  if (format === undefined) return undefined
  const { type } = format
  if (type === 'text') return { type }
  if (type === 'json_object') return { type: 'json' }
  if (type !== 'json_schema') {
    const expected = `a string: ${oneOf(['text', 'json_object', 'json_schema'])}`
    return refuseKind('text.format.type', expected, type)
  }
  return readNamedSchema(format, 'text.format.')
}

export function writeResponseFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'text') return { type: 'text' }
  if (format.type === 'json') return { type: 'json_object' }
  const { type: _, ...schema } = format
  return { type: 'json_schema', ...schema }
}
