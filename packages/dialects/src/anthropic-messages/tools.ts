// Tools, and the choice among them.

import {
  type ChatRequest,
  isJsonObject,
  type Json,
  type JsonObject,
  type Tool,
  type ToolChoice,
} from '@aigne-hub/protocol'
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
import { readCacheControl } from './cache-control.ts'
import { takenSchema } from './json-schema.ts'
import type { WriteContext } from './write-context.ts'

const id = 'anthropic-messages'

export function readTools(fields: JsonObject): Tool[] | undefined {
  const tools = optionalArray(fields, 'tools', '')
  if (tools === undefined || tools.length === 0) return undefined
  return tools.map((value, index) => readTool(objectAt(value, 'tools', index), `tools[${index}].`))
}

const toolFields = ['name', 'description', 'input_schema', 'strict', 'cache_control'] as const

function readTool(fields: JsonObject, at: string): Tool {
  const type = optionalString(fields, 'type', at) ?? 'custom'
  if (type !== 'custom') {
    readCacheControl(fields, at)
    return { type: 'server', dialect: id, value: fields }
  }
  const schema = requiredObject(fields, 'input_schema', at)
  if (schema.type !== 'object') {
    return refuseKind(`${at}input_schema.type`, 'the string "object"', schema.type)
  }
  const tool: Tool = { type: 'function', name: requiredString(fields, 'name', at), schema }
  put(tool, 'description', optionalString(fields, 'description', at))
  put(tool, 'strict', optionalBoolean(fields, 'strict', at))
  put(tool, 'cache', readCacheControl(fields, at))
  const others = otherFields(fields, toolFields)
  if (others) tool.native = { [id]: others }
  return tool
}

const choices = ['auto', 'any', 'tool', 'none'] as const

/** The choice, and what it says of several calls at once. */
export function readToolChoice(
  fields: JsonObject,
): Pick<ChatRequest, 'toolChoice' | 'parallelToolCalls'> {
  const wire = optionalObject(fields, 'tool_choice', '')
  if (wire === undefined) return {}
  const read: Pick<ChatRequest, 'toolChoice' | 'parallelToolCalls'> = {
    toolChoice: choiceOf(wire),
  }
  if (optionalBoolean(wire, 'disable_parallel_tool_use', 'tool_choice.')) {
    read.parallelToolCalls = false
  }
  return read
}

function choiceOf(wire: JsonObject): ToolChoice {
  switch (wire.type) {
    case 'auto':
    case 'none':
      return wire.type
    case 'any':
      return 'required'
    case 'tool':
      return { type: 'function', name: requiredString(wire, 'name', 'tool_choice.') }
    default:
      return refuseKind('tool_choice.type', `a string: ${oneOf(choices)}`, wire.type)
  }
}

const legalName = /^[a-zA-Z0-9_-]{1,128}$/

/**
 * Of a choice among some of the tools, only those are written: there is no other way to say it.
 * @throws HubError `unsupported_parameter` for a tool that Anthropic has no words for.
 */
export function writeTools(
  { tools, toolChoice }: ChatRequest,
  context: WriteContext,
): JsonObject[] {
  const written: JsonObject[] = []
  const isAllowed = allowedBy(toolChoice)
  for (const [index, tool] of (tools ?? []).entries()) {
    if (!isAllowed(tool)) continue
    const wire = writeTool(tool, `tools[${index}]`, context)
    if (wire) written.push(wire)
  }
  return written
}

function allowedBy(choice: ToolChoice | undefined): (tool: Tool) => boolean {
  if (typeof choice !== 'object' || choice.type !== 'allowed') return () => true
  const names = new Set(choice.tools.map(({ name }) => name))
  return (tool) => tool.type !== 'server' && names.has(tool.name)
}

function writeTool(tool: Tool, at: string, context: WriteContext): JsonObject | undefined {
  if (tool.type === 'server' && tool.dialect === id && isJsonObject(tool.value)) {
    return context.copied(tool.value)
  }
  if (tool.type !== 'function' || !legalName.test(tool.name)) {
    context.losses.meaning(tool.type === 'function' ? `${at}.name` : at)
    return undefined
  }
  const { name, description, schema, strict, native } = tool
  const others = native?.[id]
  const wire: JsonObject = {
    ...(isJsonObject(others) && others),
    name,
    ...(description !== undefined && { description }),
    input_schema: inputSchema(schema, strict ?? false),
    ...(strict !== undefined && { strict }),
  }
  context.mark(wire, tool.cache)
  return wire
}

/** The schema of an input: always of an object. */
function inputSchema(schema: JsonObject | undefined, isStrict: boolean): Json {
  if (schema === undefined) return { type: 'object', properties: {} }
  const own = schema.type === 'object' ? schema : { ...schema, type: 'object' }
  return isStrict ? takenSchema(own) : own
}

/** @param tools as written. Undefined = nothing has to be said. */
export function writeToolChoice(
  { toolChoice, parallelToolCalls }: ChatRequest,
  tools: readonly JsonObject[],
  { target, losses }: WriteContext,
): JsonObject | undefined {
  let wire: JsonObject | undefined
  if (typeof toolChoice === 'string') wire = { type: words[toolChoice] }
  else if (toolChoice?.type === 'allowed') wire = { type: words[toolChoice.mode] }
  else if (toolChoice) wire = { type: 'tool', name: toolChoice.name }
  if (isForced(wire) && target.quirks.noForcedTools) {
    losses.meaning('tool_choice')
    wire = { type: 'auto' }
  }
  if (tools.length === 0 && !isForced(wire)) return undefined
  if (parallelToolCalls === false && wire?.type !== 'none') {
    wire = { ...(wire ?? { type: 'auto' }), disable_parallel_tool_use: true }
  }
  return wire
}

const words = { auto: 'auto', none: 'none', required: 'any' } as const

/** Whether the model has to call a tool. */
export function isForced(choice: JsonObject | undefined): boolean {
  return choice?.type === 'any' || choice?.type === 'tool'
}
