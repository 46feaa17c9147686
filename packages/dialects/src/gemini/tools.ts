// Tools and the choice among them.

import {
  type ChatRequest,
  isJsonObject,
  type Json,
  type JsonObject,
  type Tool,
  type ToolChoice,
} from '@aigne-hub/protocol'
import type { Losses } from '../losses.ts'
import {
  objectAt,
  oneOf,
  optionalArray,
  optionalObject,
  optionalString,
  otherFields,
  put,
  refuse,
  refuseKind,
  requiredString,
} from '../read-field.ts'
import { fromOpenApi, isEmptyObject, toGoogle } from './json-schema.ts'
import { camelKeys } from './names.ts'

type FunctionTool = Extract<Tool, { type: 'function' }>

/** One entry may hold several tools: functions, and tools of the provider under keys of their own. */
export function readTools(fields: JsonObject): Tool[] | undefined {
  const list = optionalArray(fields, 'tools', '')
  if (list === undefined) return undefined
  const tools = list.flatMap((value, index): Tool[] => {
    const at = `tools[${index}]`
    const entry = camelKeys(objectAt(value, 'tools', index))
    const functions = optionalArray(entry, 'functionDeclarations', `${at}.`) ?? []
    const others = otherFields(entry, ['functionDeclarations']) ?? {}
    return [
      ...functions.map((one, position) => {
        const path = `${at}.functionDeclarations`
        return readFunction(objectAt(one, path, position), `${path}[${position}].`)
      }),
      ...Object.entries(others).map(
        ([name, value]): Tool => ({ type: 'server', dialect: 'gemini', value: { [name]: value } }),
      ),
    ]
  })
  return tools.length > 0 ? tools : undefined
}

const functionFields = ['name', 'description', 'parameters', 'parametersJsonSchema']

function readFunction(value: JsonObject, at: string): FunctionTool {
  const fields = camelKeys(value)
  const tool: FunctionTool = { type: 'function', name: requiredString(fields, 'name', at) }
  put(tool, 'description', optionalString(fields, 'description', at))
  const parameters = optionalObject(fields, 'parameters', at)
  const schema = optionalObject(fields, 'parametersJsonSchema', at)
  put(tool, 'schema', schema ?? (parameters && fromOpenApi(parameters)))
  const others = otherFields(fields, functionFields)
  if (others) tool.native = { gemini: others }
  return tool
}

/** `undefined` when nothing is left to say. */
export function writeTools(tools: readonly Tool[], losses: Losses): Json[] | undefined {
  const functions: JsonObject[] = []
  const others: Json[] = []
  tools.forEach((tool, index) => {
    if (tool.type === 'function') functions.push(writeFunction(tool, losses))
    else if (tool.type === 'server' && tool.dialect === 'gemini') others.push(tool.value)
    else {
      const what =
        tool.type === 'custom' ? 'a tool that takes free text' : "another provider's tool"
      losses.meaning(`tools[${index}]`, 'Gemini', `${what} (tools[${index}])`)
    }
  })
  const written = functions.length > 0 ? [{ functionDeclarations: functions }, ...others] : others
  return written.length > 0 ? written : undefined
}

function writeFunction(tool: FunctionTool, losses: Losses): JsonObject {
  const { name, description, schema, strict, cache, native } = tool
  if (strict) losses.hint('strict')
  if (cache) losses.hint('cache_control')
  return {
    ...(isJsonObject(native?.gemini) && native.gemini),
    name,
    ...(description !== undefined && { description }),
    ...(schema !== undefined &&
      !isEmptyObject(schema) && { parametersJsonSchema: toGoogle(schema) }),
  }
}

const modes = ['AUTO', 'ANY', 'NONE', 'VALIDATED', 'MODE_UNSPECIFIED'] as const

/** What the choice is, and what of `toolConfig` has no place in it. */
export function readToolConfig(fields: JsonObject): { choice?: ToolChoice; others?: JsonObject } {
  const config = optionalObject(fields, 'toolConfig', '')
  if (config === undefined) return {}
  const camel = camelKeys(config)
  const calling = optionalObject(camel, 'functionCallingConfig', 'toolConfig.')
  const others = otherFields(camel, ['functionCallingConfig'])
  if (calling === undefined) return others ? { others } : {}
  const { choice, rest } = readCalling(camelKeys(calling), 'toolConfig.functionCallingConfig.')
  const left = rest ? { ...others, functionCallingConfig: rest } : others
  return { ...(choice && { choice }), ...(left && { others: left }) }
}

function readCalling(fields: JsonObject, at: string): { choice?: ToolChoice; rest?: JsonObject } {
  const word = (optionalString(fields, 'mode', at) ?? 'MODE_UNSPECIFIED').toUpperCase()
  const mode = modes.find((name) => name === word)
  if (mode === undefined) return refuseKind(`${at}mode`, `a string: ${oneOf(modes)}`, fields.mode)
  const names = readNames(fields, at)
  const rest = otherFields(fields, ['mode', 'allowedFunctionNames'])
  const choice = choiceOf(mode, names)
  // The arguments are to fit their schema even where the model is free to call nothing.
  const isValidated = mode === 'VALIDATED' && names.length === 0
  const left = isValidated ? { ...rest, mode } : rest
  return { ...(choice && { choice }), ...(left && { rest: left }) }
}

function readNames(fields: JsonObject, at: string): string[] {
  const key = 'allowedFunctionNames'
  const names = optionalArray(fields, key, at) ?? []
  const wrong = names.findIndex((name) => typeof name !== 'string' || name === '')
  if (wrong >= 0) return refuse(`${at}${key}[${wrong}]`, 'a string that is not empty')
  return names as string[]
}

function choiceOf(mode: (typeof modes)[number], names: readonly string[]): ToolChoice | undefined {
  if (mode === 'NONE') return 'none'
  const tools = names.map((name) => ({ type: 'function' as const, name }))
  const [only] = tools
  if (mode === 'ANY' && only) {
    return tools.length === 1 ? only : { type: 'allowed', mode: 'required', tools }
  }
  if (mode === 'ANY') return 'required'
  if (only) return { type: 'allowed', mode: 'auto', tools }
  return mode === 'MODE_UNSPECIFIED' ? undefined : 'auto'
}

/** `functionCallingConfig`, or undefined when the choice says nothing that holds without it. */
export function writeToolChoice(
  { toolChoice, tools = [], parallelToolCalls }: ChatRequest,
  losses: Losses,
): JsonObject | undefined {
  const hasFunctions = tools.some(({ type }) => type === 'function')
  if (parallelToolCalls === false && hasFunctions) losses.hint('parallel_tool_calls')
  if (toolChoice === undefined) return undefined
  // Google refuses a mode where there is nothing to call.
  if (toolChoice === 'auto' || toolChoice === 'none') {
    return hasFunctions ? { mode: toolChoice.toUpperCase() } : undefined
  }
  if (toolChoice === 'required') return { mode: 'ANY' }
  const chosen = toolChoice.type === 'allowed' ? toolChoice.tools : [toolChoice]
  const names = chosen.flatMap(({ type, name }) => (type === 'function' ? [name] : []))
  if (names.length < chosen.length || names.length === 0) {
    losses.meaning('tool_choice', 'Gemini')
    return undefined
  }
  const isFree = toolChoice.type === 'allowed' && toolChoice.mode === 'auto'
  return { mode: isFree ? 'VALIDATED' : 'ANY', allowedFunctionNames: names }
}
