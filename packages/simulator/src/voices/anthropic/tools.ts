import type { OfferedTool, Question } from '../../behaviour/chat-types.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { CacheMarks } from './cache-marks.ts'
import {
  choiceIn,
  flagIn,
  invalid,
  listIn,
  objectIn,
  onlyFields,
  pathOf,
  refused,
  textIn,
} from './fields.ts'
import { checkStrictSchema } from './schema.ts'

export const toolName = /^[a-zA-Z0-9_-]{1,128}$/
/** The tools that the vendor runs itself have a date in their type. They are accepted, and never run. */
const serverToolType = /_\d{8}$/
const toolFields = new Set([
  'type',
  'name',
  'description',
  'input_schema',
  'cache_control',
  'strict',
  'eager_input_streaming',
  'defer_loading',
  'input_examples',
  'allowed_callers',
])

/** @throws Problem naming the tool that cannot be read. */
export function readTools(value: Json | undefined, marks: CacheMarks): OfferedTool[] {
  if (value === undefined) return []
  const names = new Set<string>()
  return listIn(value, 'tools').flatMap((entry, at) => {
    const tool = objectIn(entry, `tools.${at}`)
    marks.take(tool, 0, `tools.${at}`)
    if (typeof tool.type === 'string' && serverToolType.test(tool.type)) return []
    const read = readTool(tool, `tools.${at}.custom`)
    if (names.has(read.name)) throw invalid('tools', 'Tool names must be unique.')
    names.add(read.name)
    return [read]
  })
}

function readTool(tool: JsonObject, path: string): OfferedTool {
  onlyFields(tool, toolFields, path)
  if (tool.type !== undefined) choiceIn(tool, 'type', ['custom'], path)
  const name = textIn(tool, 'name', path)
  if (!toolName.test(name)) {
    throw invalid(`${path}.name`, `String should match pattern '${toolName.source}'`)
  }
  const schemaPath = pathOf(path, 'input_schema')
  const schema = objectIn(tool.input_schema, schemaPath)
  choiceIn(schema, 'type', ['object'], schemaPath)
  if (schema.oneOf !== undefined || schema.anyOf !== undefined || schema.allOf !== undefined) {
    throw invalid(
      schemaPath,
      'input_schema does not support oneOf, allOf, or anyOf at the top level',
    )
  }
  if (flagIn(tool, 'strict', path)) checkStrictSchema(schema, schemaPath)
  const description = tool.description === undefined ? '' : textIn(tool, 'description', path)
  return { name, kind: 'function', description, schema }
}

const choiceFields = new Set(['type', 'name', 'disable_parallel_tool_use'])

/** @throws Problem when the choice cannot be read, or there is nothing to choose from. */
export function readToolChoice(
  { tool_choice, tools: given }: JsonObject,
  tools: readonly OfferedTool[],
): Pick<Question, 'toolChoice' | 'parallelToolCalls'> {
  if (tool_choice === undefined) return { toolChoice: 'auto', parallelToolCalls: true }
  const choice = objectIn(tool_choice, 'tool_choice')
  onlyFields(choice, choiceFields, 'tool_choice')
  if (!Array.isArray(given) || given.length === 0) {
    throw refused('tool_choice may only be specified while providing tools')
  }
  const type = choiceIn(choice, 'type', ['auto', 'any', 'tool', 'none'], 'tool_choice')
  const parallelToolCalls = !flagIn(choice, 'disable_parallel_tool_use', 'tool_choice')
  if (type === 'any') return { toolChoice: 'required', parallelToolCalls }
  if (type !== 'tool') return { toolChoice: type, parallelToolCalls }
  const name = textIn(choice, 'name', 'tool_choice')
  if (!tools.some((tool) => tool.name === name)) {
    throw invalid('tool_choice', `Tool '${name}' not found in provided tools`)
  }
  return { toolChoice: { name }, parallelToolCalls }
}
