// Tools, the choice among them, and an answer in JSON, which may be asked for as the input of a tool.

import type {
  ChatRequest,
  Json,
  JsonObject,
  ResponseFormat,
  Tool,
  ToolChoice,
} from '@aigne-hub/protocol'
import { isRecursive, takenSchema } from '../anthropic-messages/json-schema.ts'
import { jsonAnswerTool } from '../anthropic-messages/tool-call.ts'
import { inJson, inJsonOf } from '../json-instruction.ts'
import type { WriteContext } from './write-context.ts'

/** What a model may call, and how it is asked for its answer. */
export interface Tooling {
  /** Entries of `toolConfig.tools`; without any there is no `toolConfig`. */
  tools: JsonObject[]
  choice?: JsonObject
  /** The model has to call a tool. */
  isForced: boolean
  outputConfig?: JsonObject
  /** Of a format that can only be asked for in words. */
  instruction?: string
}

/**
 * @param hasCalls the conversation so far has calls of tools, or results of them.
 * @throws HubError `unsupported_parameter` for a tool, a choice or a format that Converse has no words for.
 */
export function writeTooling(
  request: ChatRequest,
  hasCalls: boolean,
  context: WriteContext,
): Tooling {
  const { toolChoice } = request
  const { losses } = context
  const isNone = toolChoice === 'none'
  // Without a word for "none" the tools are kept back; a conversation with calls needs them all the same.
  const tools = isNone && !hasCalls ? [] : writeTools(request, context)
  if (isNone && tools.length > 0) losses.hint('tool_choice')
  const choice = isNone || tools.length === 0 ? undefined : writeChoice(toolChoice, context)
  const tooling: Tooling = { tools, isForced: isForced(choice) }
  if (choice) tooling.choice = choice
  if (request.parallelToolCalls === false && tools.length > 0 && !context.isClaude) {
    losses.hint('parallel_tool_calls')
  }
  addFormat(tooling, request, context)
  return tooling
}

const legalName = /^[a-zA-Z0-9_-]{1,64}$/

/** Of a choice among some of the tools, only those are written: there is no other way to say it. */
function writeTools({ tools, toolChoice }: ChatRequest, context: WriteContext): JsonObject[] {
  const written: JsonObject[] = []
  const isAllowed = allowedBy(toolChoice)
  for (const [index, tool] of (tools ?? []).entries()) {
    if (!isAllowed(tool)) continue
    const wire = writeTool(tool, `tools[${index}]`, context)
    if (wire === undefined) continue
    written.push(wire)
    if (tool.type !== 'function') continue
    if (context.takes('toolConfig.cachePoint')) context.mark(written, tool.cache)
    else if (tool.cache) context.losses.hint('cache_control')
  }
  return written
}

function allowedBy(choice: ToolChoice | undefined): (tool: Tool) => boolean {
  if (typeof choice !== 'object' || choice.type !== 'allowed') return () => true
  const names = new Set(choice.tools.map(({ name }) => name))
  return (tool) => tool.type !== 'server' && names.has(tool.name)
}

function writeTool(tool: Tool, at: string, context: WriteContext): JsonObject | undefined {
  const { losses } = context
  if (tool.type !== 'function' || !legalName.test(tool.name) || !context.takes('toolConfig')) {
    losses.meaning(tool.type === 'function' && context.takes('toolConfig') ? `${at}.name` : at)
    return undefined
  }
  const { name, description, schema, strict } = tool
  const takesStrict = context.takes('strict')
  if (strict && !takesStrict) losses.hint('strict')
  return {
    toolSpec: {
      name,
      ...(description && { description }),
      inputSchema: { json: inputSchema(schema, strict === true && takesStrict) },
      ...(strict !== undefined && takesStrict && { strict }),
    },
  }
}

/** The schema of an input: always of an object. */
function inputSchema(schema: JsonObject | undefined, isStrict: boolean): Json {
  if (schema === undefined) return { type: 'object', properties: {} }
  const own = schema.type === 'object' ? schema : { ...schema, type: 'object' }
  return isStrict ? takenSchema(own) : own
}

function writeChoice(
  choice: ToolChoice | undefined,
  context: WriteContext,
): JsonObject | undefined {
  if (choice === undefined || choice === 'none') return undefined
  const isFree = choice === 'auto' || (typeof choice === 'object' && modeOf(choice) === 'auto')
  if (isFree) return { auto: {} }
  if (context.target.quirks.noForcedTools) {
    context.losses.meaning('tool_choice')
    return { auto: {} }
  }
  if (typeof choice === 'object' && choice.type !== 'allowed')
    return { tool: { name: choice.name } }
  return { any: {} }
}

const modeOf = (choice: Exclude<ToolChoice, string>) =>
  choice.type === 'allowed' ? choice.mode : undefined

const isForced = (choice: JsonObject | undefined) =>
  choice !== undefined && ('any' in choice || 'tool' in choice)

/**
 * At most one call at a time, which only Anthropic's models can be told: in their own words, beside
 * those of Converse.
 */
export function writeSingleCall(
  { parallelToolCalls }: ChatRequest,
  { tools, choice }: Tooling,
  { isClaude }: WriteContext,
): JsonObject | undefined {
  if (parallelToolCalls !== false || !isClaude || tools.length === 0) return undefined
  const disable = { disable_parallel_tool_use: true }
  const named = choice?.tool as JsonObject | undefined
  if (named) return { type: 'tool', name: named.name ?? '', ...disable }
  return { type: choice?.any ? 'any' : 'auto', ...disable }
}

/** How an answer in JSON is asked for: by schema, by a tool whose input is the answer, or in words. */
function addFormat(tooling: Tooling, request: ChatRequest, context: WriteContext): void {
  const { responseFormat: format } = request
  if (format === undefined || format.type === 'text') return
  if (format.type === 'json' || format.schema === undefined) tooling.instruction = inJson
  else if (isRecursive(format.schema)) inWords(tooling, format.schema, context)
  else if (context.takes('outputConfig') && !context.target.quirks.noJsonSchema) {
    tooling.outputConfig = { textFormat: textFormat(format) }
  } else if (!tooling.isForced) addAnswerTool(tooling, request, format, context)
  // Else a call is asked for, which comes first; the answer after it has the schema again.
}

type SchemaFormat = ResponseFormat & { type: 'jsonSchema' }

/** Converse takes the schema as a text. */
function textFormat({ name, description, schema = {} }: SchemaFormat): JsonObject {
  const jsonSchema: JsonObject = { schema: JSON.stringify(takenSchema(schema)), name }
  if (description) jsonSchema.description = description
  return { type: 'json_schema', structure: { jsonSchema } }
}

function inWords(tooling: Tooling, schema: JsonObject, { losses }: WriteContext): void {
  losses.meaning('response_format')
  tooling.instruction = inJsonOf(schema)
}

function addAnswerTool(
  tooling: Tooling,
  { toolChoice }: ChatRequest,
  { schema = {}, description }: SchemaFormat,
  context: WriteContext,
): void {
  const { quirks } = context.target
  if (quirks.noForcedTools || !context.takes('toolConfig')) {
    inWords(tooling, schema, context)
    return
  }
  const hasOthers = tooling.tools.length > 0 && toolChoice !== 'none'
  const taken = takenSchema(description ? { description, ...schema } : schema)
  tooling.tools.push({
    toolSpec: {
      name: jsonAnswerTool,
      description: 'Gives the answer. Call it once, with the whole answer as its input.',
      inputSchema: { json: taken.type === 'object' ? taken : { ...taken, type: 'object' } },
    },
  })
  tooling.choice = hasOthers ? { any: {} } : { tool: { name: jsonAnswerTool } }
  tooling.isForced = true
}
