import type { OfferedTool, Question } from '../../behaviour/chat-types.ts'
import type { Json, JsonObject } from '../../json.ts'
import {
  choiceOf,
  fieldNames,
  invalid,
  listOf,
  messageOf,
  optionalMessage,
  textOf,
} from './fields.ts'
import { fromJsonSchema, fromOpenApi } from './schema.ts'

/** Besides functions, what Google runs itself: the simulator takes it and never uses it. */
const toolFields = fieldNames(
  'functionDeclarations googleSearch googleSearchRetrieval codeExecution urlContext googleMaps computerUse fileSearch mcpServers',
)
const functionFields = fieldNames(
  'name description behavior parameters parametersJsonSchema response responseJsonSchema',
)
const functionName = /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/

/** @throws Problem naming the tool, or the field of it, that cannot be read. */
export function readTools(value: Json | undefined): OfferedTool[] {
  return listOf(value, 'tools').flatMap((tool, at) => {
    const path = `tools[${at}]`
    const { functionDeclarations } = messageOf(tool, toolFields, path)
    const inner = `${path}.functionDeclarations`
    return listOf(functionDeclarations, inner).map((one, index) =>
      readFunction(one, `${inner}[${index}]`),
    )
  })
}

function readFunction(value: Json, path: string): OfferedTool {
  const declaration = messageOf(value, functionFields, path)
  const name = textOf(declaration.name, `${path}.name`)
  if (!functionName.test(name)) {
    const what =
      'it must start with a letter or _, and be at most 128 of A-Z, a-z, 0-9, _, ., : and -'
    throw invalid(`${path}.name`, what)
  }
  const { description } = declaration
  const words = typeof description === 'string' ? description : ''
  return { name, kind: 'function', description: words, schema: readParameters(declaration, path) }
}

function readParameters(
  { parameters, parametersJsonSchema }: JsonObject,
  path: string,
): JsonObject {
  if (parameters !== undefined && parametersJsonSchema !== undefined) {
    throw invalid(path, 'parameters and parameters_json_schema exclude each other')
  }
  if (parameters !== undefined) return fromOpenApi(parameters, `${path}.parameters`)
  if (parametersJsonSchema === undefined) return {}
  return fromJsonSchema(parametersJsonSchema, `${path}.parametersJsonSchema`)
}

const configFields = fieldNames(
  'functionCallingConfig includeServerSideToolInvocations retrievalConfig',
)
const callingFields = fieldNames('mode allowedFunctionNames streamFunctionCallArguments')
const modes = ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'] as const
const callingPath = 'toolConfig.functionCallingConfig'

/** @throws Problem for a choice that none of the request's tools can meet. */
export function readToolConfig(
  value: Json | undefined,
  tools: OfferedTool[],
): Pick<Question, 'tools' | 'toolChoice'> {
  const config = optionalMessage(value, configFields, 'toolConfig')
  const calling = optionalMessage(config?.functionCallingConfig, callingFields, callingPath) ?? {}
  const mode = choiceOf(calling.mode, modes, `${callingPath}.mode`) ?? 'AUTO'
  const namesPath = `${callingPath}.allowedFunctionNames`
  const names = listOf(calling.allowedFunctionNames, namesPath)
  if (names.length > 0 && mode !== 'ANY' && mode !== 'VALIDATED') {
    throw invalid(namesPath, 'it is only for the modes ANY and VALIDATED')
  }
  const unknown = names.find((name) => tools.every((tool) => tool.name !== name))
  if (unknown !== undefined) throw invalid(namesPath, `there is no function ${unknown}`)
  const allowed = names.length === 0 ? tools : tools.filter(({ name }) => names.includes(name))
  if (mode === 'NONE') return { tools, toolChoice: 'none' }
  if (mode !== 'ANY') return { tools: allowed, toolChoice: 'auto' }
  if (tools.length === 0)
    throw invalid(`${callingPath}.mode`, 'ANY is only for requests with functions')
  const [only] = allowed
  if (only && names.length === 1) return { tools, toolChoice: { name: only.name } }
  return { tools: allowed, toolChoice: 'required' }
}
