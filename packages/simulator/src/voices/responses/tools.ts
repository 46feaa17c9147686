import type { OfferedTool, Question } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { choiceOf, flag, invalid, missing } from '../openai/fields.ts'
import { checkStrictSchema } from './strict-schema.ts'
import { refuseUnknown } from './unknown-fields.ts'

const toolName = /^[A-Za-z0-9_-]{1,64}$/
const functionFields = new Set([
  'type',
  'name',
  'description',
  'parameters',
  'strict',
  'defer_loading',
])
const customFields = new Set(['type', 'name', 'description', 'format', 'defer_loading'])
/** Tools that OpenAI runs itself. The simulator takes them and never uses them. */
const hostedTypes = new Set<Json | undefined>([
  'web_search',
  'web_search_preview',
  'file_search',
  'mcp',
  'image_generation',
  'code_interpreter',
  'computer',
  'shell',
  'apply_patch',
  'tool_search',
  'namespace',
])

/** @throws Problem naming the tool, or the field of it, that cannot be read. */
export function readTools(value: Json | undefined): OfferedTool[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid('tools', 'it must be an array')
  return value.flatMap((tool, at) => readTool(tool, `tools[${at}]`))
}

function readTool(tool: Json, param: string): OfferedTool[] {
  if (!isObject(tool)) throw invalid(param, 'it must be an object')
  if (tool.type === undefined) throw missing(`${param}.type`)
  if (hostedTypes.has(tool.type)) return []
  if (tool.type !== 'function' && tool.type !== 'custom') {
    throw invalid(`${param}.type`, 'there is no such tool')
  }
  const { name, description } = tool
  if (name === undefined) throw missing(`${param}.name`)
  if (typeof name !== 'string' || !toolName.test(name)) {
    throw invalid(`${param}.name`, 'it must be 1 to 64 of A-Z, a-z, 0-9, _ and -')
  }
  refuseUnknown(tool, tool.type === 'function' ? functionFields : customFields, `${param}.`)
  const schema = tool.type === 'function' ? readParameters(tool, name, param) : {}
  const words = typeof description === 'string' ? description : ''
  return [{ name, kind: tool.type, description: words, schema }]
}

function readParameters(tool: JsonObject, name: string, param: string): JsonObject {
  const isStrict = flag(tool, 'strict', false)
  const { parameters } = tool
  if (parameters === undefined) throw missing(`${param}.parameters`)
  if (parameters === null) return {}
  if (!isObject(parameters)) throw invalid(`${param}.parameters`, 'it must be a JSON schema')
  if (isStrict) {
    checkStrictSchema(parameters, {
      owner: `function '${name}'`,
      code: 'invalid_function_parameters',
      param: `${param}.parameters`,
    })
  }
  return parameters
}

const allowedModes = ['auto', 'required'] as const

/** @throws Problem for a choice that none of the request's tools can meet. */
export function readToolChoice(
  choice: Json,
  tools: OfferedTool[],
): Pick<Question, 'tools' | 'toolChoice'> {
  if (choice === 'auto' || choice === 'none') return { tools, toolChoice: choice }
  if (choice === 'required') {
    if (tools.length > 0) return { tools, toolChoice: choice }
    throw invalid('tool_choice', "'required' is only for requests with 'tools'")
  }
  if (!isObject(choice)) throw invalid('tool_choice', 'there is no such choice')
  if (choice.type === 'allowed_tools') {
    if (!Array.isArray(choice.tools)) throw missing('tool_choice.tools')
    const names = choice.tools.map((tool) => nameIn(tool, tools))
    return {
      tools: tools.filter(({ name }) => names.includes(name)),
      toolChoice: choiceOf(choice, 'mode', allowedModes, 'auto'),
    }
  }
  if (hostedTypes.has(choice.type)) return { tools, toolChoice: 'auto' }
  return { tools, toolChoice: { name: nameIn(choice, tools) } }
}

/** The offered tool that `choice` names. */
function nameIn(choice: Json, tools: readonly OfferedTool[]): string {
  const { type, name } = isObject(choice) ? choice : {}
  const tool = tools.find((one) => one.kind === type && one.name === name)
  if (!tool) throw invalid('tool_choice', "it names no tool of 'tools'")
  return tool.name
}
