import type { OfferedTool, Question } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { readMessages } from './chat-messages.ts'
import {
  choiceOf,
  flag,
  invalid,
  missing,
  type NumberRule,
  numberOf,
  objectOf,
  requiredText,
} from './fields.ts'

/** How the answer is to be written. */
export interface ChatOptions {
  stream: boolean
  includeUsage: boolean
  obfuscation: boolean
  /** Undefined: no log-probabilities. Else how many alternatives. */
  topLogprobs: number | undefined
}

const checkedOnly: Readonly<Record<string, NumberRule>> = {
  temperature: { least: 0, most: 2 },
  top_p: { least: 0, most: 1 },
  presence_penalty: { least: -2, most: 2 },
  frequency_penalty: { least: -2, most: 2 },
}
const tokenRule: NumberRule = { least: 1, most: Number.MAX_SAFE_INTEGER, isInteger: true }
const seedRule: NumberRule = {
  least: Number.MIN_SAFE_INTEGER,
  most: Number.MAX_SAFE_INTEGER,
  isInteger: true,
}
const choicesRule: NumberRule = { least: 1, most: 128, isInteger: true }
const topLogprobsRule: NumberRule = { least: 0, most: 20, isInteger: true }
const allowedModes = ['auto', 'required'] as const
const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** @throws Problem naming the field that cannot be read. */
export function readChat(body: JsonObject): { question: Question; options: ChatOptions } {
  const model = requiredText(body, 'model')
  const turns = readMessages(body.messages)
  for (const name in checkedOnly) numberOf(body, name, checkedOnly[name] ?? tokenRule)
  if (body.functions !== undefined || body.function_call !== undefined) {
    const param = body.functions === undefined ? 'function_call' : 'functions'
    throw new Problem('unsupportedParameter', `'${param}' is gone: use 'tools'.`, param)
  }
  const offered = readTools(body.tools)
  const { tools, toolChoice } = readToolChoice(body, offered)
  const question: Question = {
    model,
    turns,
    tools,
    toolChoice,
    parallelToolCalls: flag(body, 'parallel_tool_calls', true),
    format: readFormat(body, turns),
    maxTokens:
      numberOf(body, 'max_completion_tokens', tokenRule) ?? numberOf(body, 'max_tokens', tokenRule),
    stop: readStop(body.stop),
    choices: numberOf(body, 'n', choicesRule) ?? 1,
    seed: numberOf(body, 'seed', seedRule),
    effort:
      body.reasoning_effort == null
        ? undefined
        : choiceOf(body, 'reasoning_effort', efforts, 'medium'),
  }
  return { question, options: readOptions(body) }
}

function readOptions(body: JsonObject): ChatOptions {
  const stream = flag(body, 'stream', false)
  const streamOptions = objectOf(body, 'stream_options')
  if (streamOptions && !stream) throw invalid('stream_options', "it is only for 'stream': true")
  const logprobs = flag(body, 'logprobs', false)
  const topLogprobs = numberOf(body, 'top_logprobs', topLogprobsRule)
  if (topLogprobs !== undefined && !logprobs) {
    throw invalid('top_logprobs', "it is only for 'logprobs': true")
  }
  return {
    stream,
    includeUsage: streamOptions !== undefined && flag(streamOptions, 'include_usage', false),
    obfuscation: streamOptions === undefined || flag(streamOptions, 'include_obfuscation', true),
    topLogprobs: logprobs ? (topLogprobs ?? 0) : undefined,
  }
}

function readStop(value: Json | undefined): string[] {
  if (value === undefined || value === null) return []
  const stop = [value].flat()
  if (stop.length > 4) throw invalid('stop', 'it takes at most 4 sequences')
  return stop.map((sequence) => {
    if (typeof sequence === 'string' && sequence !== '') return sequence
    throw invalid('stop', 'it must be a text or an array of texts')
  })
}

const toolName = /^[A-Za-z0-9_-]{1,64}$/

function readTools(value: Json | undefined): OfferedTool[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid('tools', 'it must be an array')
  return value.map((tool, at) => {
    const param = `tools[${at}]`
    if (!isObject(tool)) throw invalid(param, 'it must be an object')
    const kind = tool.type
    if (kind !== 'function' && kind !== 'custom') throw invalid(`${param}.type`, 'no such tool')
    const inner = tool[kind]
    if (!isObject(inner)) throw missing(`${param}.${kind}`)
    const { name, description, parameters } = inner
    if (typeof name !== 'string' || !toolName.test(name)) {
      throw invalid(`${param}.${kind}.name`, 'it must be 1 to 64 of A-Z, a-z, 0-9, _ and -')
    }
    if (parameters !== undefined && parameters !== null && !isObject(parameters)) {
      throw invalid(`${param}.${kind}.parameters`, 'it must be a JSON schema')
    }
    return {
      name,
      kind,
      description: typeof description === 'string' ? description : '',
      schema: parameters ?? {},
    }
  })
}

function readToolChoice(
  body: JsonObject,
  tools: OfferedTool[],
): Pick<Question, 'tools' | 'toolChoice'> {
  const choice = body.tool_choice ?? undefined
  if (choice === undefined) return { tools, toolChoice: 'auto' }
  if (tools.length === 0) throw invalid('tool_choice', "it is only for requests with 'tools'")
  if (choice === 'auto' || choice === 'none' || choice === 'required') {
    return { tools, toolChoice: choice }
  }
  const allowed = isObject(choice) ? choice.allowed_tools : undefined
  if (isObject(allowed) && Array.isArray(allowed.tools)) {
    const names = allowed.tools.map((tool) => nameIn(tool, tools))
    return {
      tools: tools.filter(({ name }) => names.includes(name)),
      toolChoice: choiceOf(allowed, 'mode', allowedModes, 'auto'),
    }
  }
  return { tools, toolChoice: { name: nameIn(choice, tools) } }
}

/** The offered tool that `choice` names. */
function nameIn(choice: Json, tools: readonly OfferedTool[]): string {
  const inner = isObject(choice) ? (choice.function ?? choice.custom) : undefined
  const name = isObject(inner) ? inner.name : undefined
  const tool = tools.find((one) => one.name === name)
  if (!tool) throw invalid('tool_choice', "it names no tool of 'tools'")
  return tool.name
}

function readFormat(body: JsonObject, turns: Question['turns']): Question['format'] {
  const format = objectOf(body, 'response_format')
  if (format === undefined || format.type === 'text') return { type: 'text' }
  if (format.type === 'json_object') {
    // OpenAI refuses this mode unless the conversation asks for JSON.
    if (!turns.some(({ text }) => /json/i.test(text))) {
      throw invalid('messages', "they must mention JSON for a response_format of 'json_object'")
    }
    return { type: 'json' }
  }
  if (format.type !== 'json_schema') throw invalid('response_format.type', 'no such format')
  const param = 'response_format.json_schema'
  const inner = format.json_schema
  if (!isObject(inner)) throw missing(param)
  if (typeof inner.name !== 'string' || !toolName.test(inner.name)) {
    throw invalid(`${param}.name`, 'it must be 1 to 64 of A-Z, a-z, 0-9, _ and -')
  }
  const schema = inner.schema ?? {}
  if (!isObject(schema)) throw invalid(`${param}.schema`, 'it must be a JSON schema')
  return { type: 'schema', schema, param: 'response_format' }
}
