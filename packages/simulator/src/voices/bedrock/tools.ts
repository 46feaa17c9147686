import type { OfferedTool, Question } from '../../behaviour/chat-types.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { CacheMarks } from './cache-marks.ts'
import { refused } from './errors.ts'
import {
  fieldNames,
  flagIn,
  invalid,
  listIn,
  objectIn,
  structureIn,
  textIn,
  unionIn,
} from './fields.ts'

const toolName = /^[a-zA-Z0-9_-]{1,64}$/

const configFields = fieldNames('tools toolChoice')
const toolMembers = fieldNames('toolSpec cachePoint systemTool')
const specFields = fieldNames('name description inputSchema strict')
const schemaMembers = fieldNames('json')
const systemToolFields = fieldNames('name')

export type ToolConfig = Pick<Question, 'tools' | 'toolChoice'>

/** @throws Problem naming what cannot be read. */
export function readToolConfig(value: Json | undefined, marks: CacheMarks): ToolConfig {
  if (value === undefined || value === null) return { tools: [], toolChoice: 'auto' }
  const config = structureIn(value, configFields, 'toolConfig')
  const entries = listIn(config.tools, 'toolConfig.tools')
  if (entries.length === 0) throw invalid('toolConfig.tools', 'it must have at least 1 tool')
  const tools = entries.flatMap((entry, at) => readTool(entry, marks, `toolConfig.tools.${at}`))
  const names = new Set(tools.map(({ name }) => name))
  if (names.size < tools.length) {
    throw invalid('toolConfig.tools', 'it contains conflicting names, and they must be unique')
  }
  return { tools, toolChoice: readChoice(config.toolChoice, tools) }
}

function readTool(entry: Json, marks: CacheMarks, path: string): OfferedTool[] {
  const { member, value } = unionIn(entry, toolMembers, path)
  if (member === 'cachePoint') {
    marks.take(value, 0, `${path}.cachePoint`)
    return []
  }
  // Those that Bedrock runs itself are accepted, and never run.
  if (member === 'systemTool') {
    textIn(structureIn(value, systemToolFields, `${path}.systemTool`), 'name', path)
    return []
  }
  return [readSpec(structureIn(value, specFields, `${path}.toolSpec`), `${path}.toolSpec`)]
}

function readSpec(spec: JsonObject, path: string): OfferedTool {
  const name = textIn(spec, 'name', path)
  checkName(name, `${path}.name`)
  flagIn(spec, 'strict', path)
  const description = spec.description == null ? undefined : textIn(spec, 'description', path)
  if (description === '') throw invalid(`${path}.description`, 'it must not be empty')
  const { value } = unionIn(spec.inputSchema, schemaMembers, `${path}.inputSchema`)
  const schema = objectIn(value, `${path}.inputSchema.json`)
  if (schema.type !== 'object') {
    throw invalid(`${path}.inputSchema.json.type`, 'it must be one of the following: object')
  }
  return { name, kind: 'function', description: description ?? '', schema }
}

/** @throws Problem for a name that no tool can have. */
export function checkName(name: string, path: string): void {
  if (!toolName.test(name)) throw invalid(path, `it must match ${toolName.source}`)
}

const choiceMembers = fieldNames('auto any tool')
const noFields: ReadonlySet<string> = new Set()
const namedFields = fieldNames('name')

function readChoice(
  value: Json | undefined,
  tools: readonly OfferedTool[],
): Question['toolChoice'] {
  if (value === undefined || value === null) return 'auto'
  const path = 'toolConfig.toolChoice'
  const choice = unionIn(value, choiceMembers, path)
  if (choice.member !== 'tool') {
    structureIn(choice.value, noFields, `${path}.${choice.member}`)
    return choice.member === 'any' ? 'required' : 'auto'
  }
  const name = textIn(structureIn(choice.value, namedFields, `${path}.tool`), 'name', path)
  if (tools.some((tool) => tool.name === name)) return { name }
  throw refused(
    'The toolChoice.tool.name field must match the name of a tool in the toolConfig.tools field.',
  )
}
