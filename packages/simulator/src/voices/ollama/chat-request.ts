import type { Question } from '../../behaviour/chat-types.ts'
import type { Behaviour } from '../../behaviour/index.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { flagOf, integerOf, objectOf, refused, textOf } from './fields.ts'
import { readMessages, readTools } from './messages.ts'
import { capabilitiesOf, modelNamed } from './models.ts'

/** How the answer is to be written. */
export interface ChatOptions {
  /** The model as the caller named it. */
  name: string
  /** Absent = it is: streams are the default. */
  stream: boolean
  leaksThoughts: boolean
  /** Undefined: no log-probabilities. Else how many alternatives. */
  topLogprobs: number | undefined
  /** The prompt was known before, so nothing of it is counted. */
  isCached: boolean
  /** Without messages a model is only loaded, or thrown out. */
  onlyLoads: 'load' | 'unload' | undefined
}

const numbers = new Set(
  'temperature top_p top_k min_p typical_p seed num_ctx num_predict repeat_penalty presence_penalty frequency_penalty repeat_last_n num_keep num_batch num_gpu num_thread'.split(
    ' ',
  ),
)
const usualContext = 4096
const levels = ['low', 'medium', 'high', 'max'] as const

/** @throws Problem naming what cannot be read, or the model cannot do. */
export function readChat(
  body: JsonObject,
  behaviour: Behaviour,
): { question: Question; options: ChatOptions } {
  const name = textOf(body.model, 'ChatRequest.model')
  const { row, leaksThoughts } = modelNamed(name, 'chat', behaviour)
  const capabilities = capabilitiesOf(row)
  const tools = readTools(body.tools)
  if (tools.length > 0 && !capabilities.includes('tools')) {
    throw refused(`"${name}" does not support tools`, 'tools')
  }
  const canThink = capabilities.includes('thinking') && !leaksThoughts
  const effort = readThink(body.think, name, canThink)
  const options = readOptions(body.options)
  const turns = readMessages(body.messages)
  const question: Question = {
    model: row.id,
    turns,
    tools,
    toolChoice: 'auto',
    parallelToolCalls: true,
    format: readFormat(body.format),
    maxTokens: options.maxTokens,
    stop: options.stop,
    choices: 1,
    seed: options.seed,
    effort,
  }
  const isUnloading = body.keep_alive === 0 || body.keep_alive === '0'
  return {
    question: turns.length === 0 ? question : fitted(question, options.context, body, behaviour),
    options: {
      name,
      stream: flagOf(body.stream, 'ChatRequest.stream') ?? true,
      leaksThoughts,
      topLogprobs: readLogprobs(body),
      isCached: row.persona === 'cached',
      onlyLoads: turns.length > 0 ? undefined : isUnloading ? 'unload' : 'load',
    },
  }
}

function readThink(value: Json | undefined, name: string, canThink: boolean): Question['effort'] {
  if (value === undefined || value === null) return undefined
  if (value === false) return 'none'
  const level = levels.find((one) => one === value)
  if (value !== true && level === undefined) {
    throw refused(
      `invalid think value: ${JSON.stringify(value)} (must be "high", "medium", "low", "max", true, or false)`,
    )
  }
  if (!canThink) throw refused(`"${name}" does not support thinking`, 'think')
  return level ?? 'medium'
}

function readFormat(value: Json | undefined): Question['format'] {
  if (value === undefined || value === null || value === '') return { type: 'text' }
  if (value === 'json') return { type: 'json' }
  if (isObject(value)) return { type: 'schema', schema: value, param: 'format' }
  throw refused(
    `invalid format: ${JSON.stringify(value)}; expected "json" or a valid JSON Schema object`,
    'format',
  )
}

function readOptions(value: Json | undefined) {
  const options = objectOf(value, 'ChatRequest.options')
  for (const name in options) {
    if (numbers.has(name) && typeof options[name] !== 'number') {
      throw refused(`option ${JSON.stringify(name)} must be of type number`, name)
    }
  }
  const count = (name: string) => integerOf(options[name], `ChatRequest.options.${name}`)
  const most = count('num_predict')
  return {
    // Below zero means without a limit.
    maxTokens: most === undefined || most < 0 ? undefined : most,
    context: count('num_ctx') ?? usualContext,
    seed: count('seed'),
    stop: readStop(options.stop),
  }
}

function readStop(value: Json | undefined): string[] {
  if (value === undefined || value === null) return []
  const isTexts = Array.isArray(value) && value.every((one) => typeof one === 'string')
  if (isTexts) return value.filter((one) => one !== '')
  throw refused('option "stop" must be of type array', 'stop')
}

const mostAlternatives = 20

function readLogprobs(body: JsonObject): number | undefined {
  const top = integerOf(body.top_logprobs, 'ChatRequest.top_logprobs') ?? 0
  if (top < 0 || top > mostAlternatives) {
    throw refused(`top_logprobs must be between 0 and ${mostAlternatives}`, 'top_logprobs')
  }
  return flagOf(body.logprobs, 'ChatRequest.logprobs') ? top : undefined
}

/** What does not fit into the context is cut from the front, system messages and the last one excepted. */
function fitted(
  question: Question,
  context: number,
  body: JsonObject,
  behaviour: Behaviour,
): Question {
  let cut = question
  while (behaviour.countTokens(cut) > context) {
    if (flagOf(body.truncate, 'ChatRequest.truncate') === false) {
      throw refused('input exceeds maximum context length and cannot be truncated')
    }
    const first = cut.turns.findIndex(({ role }) => role !== 'system')
    if (first < 0 || first === cut.turns.length - 1) return cut
    cut = { ...cut, turns: cut.turns.filter((_, at) => at !== first) }
  }
  return cut
}
