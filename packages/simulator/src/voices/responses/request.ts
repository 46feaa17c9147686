import type { Question } from '../../behaviour/chat-types.ts'
import type { Json, JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { CodedProblem } from '../openai/errors.ts'
import {
  choiceOf,
  flag,
  invalid,
  type NumberRule,
  numberOf,
  objectOf,
  requiredText,
} from '../openai/fields.ts'
import type { VoiceContext } from '../voice.ts'
import { readFormat } from './format.ts'
import { readInput, turnsOf } from './items.ts'
import { newTurn } from './parts.ts'
import { readToolChoice, readTools } from './tools.ts'
import { refuseUnknown } from './unknown-fields.ts'

/** How the answer is to be written. */
export interface ResponseOptions {
  stream: boolean
  obfuscation: boolean
  store: boolean
  /** Reasoning is told in a summary. */
  summary: boolean
  /** Reasoning can be sent back by a client. */
  encrypted: boolean
  /** Undefined: no log-probabilities. Else how many alternatives. */
  topLogprobs: number | undefined
}

interface ReadResponse {
  question: Question
  options: ResponseOptions
  /** The conversation so far, earlier responses included. */
  items: JsonObject[]
}

const countedFields =
  'model input instructions previous_response_id conversation reasoning text tools tool_choice parallel_tool_calls truncation'
const createFields =
  'store max_output_tokens max_tool_calls temperature top_p top_logprobs include stream stream_options background context_management metadata safety_identifier user service_tier prompt_cache_key prompt_cache_options prompt_cache_retention prompt moderation'
/** Fields of a request that is only counted. */
const knownCounted = new Set(countedFields.split(' '))
const known = new Set([...knownCounted, ...createFields.split(' ')])
const reasoningFields = new Set(['effort', 'summary', 'generate_summary', 'context', 'mode'])

const temperatureRule: NumberRule = { least: 0, most: 2 }
const shareRule: NumberRule = { least: 0, most: 1 }
const tokenRule: NumberRule = { least: 1, most: Number.MAX_SAFE_INTEGER, isInteger: true }
const topLogprobsRule: NumberRule = { least: 0, most: 20, isInteger: true }
const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
const summaries = ['auto', 'concise', 'detailed'] as const
const logprobsField = 'message.output_text.logprobs'
const encryptedField = 'reasoning.encrypted_content'
const includable = new Set<Json>([
  encryptedField,
  logprobsField,
  'web_search_call.results',
  'web_search_call.action.sources',
  'file_search_call.results',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
])
const mostMetadata = 16

/** @throws Problem naming the field that cannot be read. */
export function readResponse(body: JsonObject, context: VoiceContext): ReadResponse {
  refuseUnknown(body, known, '')
  for (const name of ['background', 'conversation', 'prompt']) {
    if (body[name] == null || body[name] === false) continue
    throw new Problem('unsupportedParameter', `The simulator does not do '${name}'.`, name)
  }
  const { question, items } = readCounted(body, context)
  question.maxTokens = numberOf(body, 'max_output_tokens', tokenRule)
  const options = readOptions(body)
  numberOf(body, 'temperature', temperatureRule)
  numberOf(body, 'top_p', shareRule)
  checkMetadata(objectOf(body, 'metadata'))
  if (context.behaviour.model(question.model, 'chat').reasoning && question.effort !== 'none') {
    refuseSampling(body, options)
  }
  return { question, options, items }
}

/** What `/v1/responses/input_tokens` takes. @throws Problem naming the field that cannot be read. */
export function readForCount(body: JsonObject, context: VoiceContext): Question {
  refuseUnknown(body, knownCounted, '')
  return readCounted(body, context).question
}

function readCounted(body: JsonObject, { kept }: VoiceContext) {
  const model = requiredText(body, 'model')
  const chain = earlierItems(body, kept)
  const items = [...chain, ...readInput(body.input, kept)]
  const turns = turnsOf(items, chain.length)
  const format = readFormat(body, turns)
  if (body.instructions != null) {
    turns.unshift({ ...newTurn('system'), text: requiredText(body, 'instructions') })
  }
  if (turns.length === 0) throw invalid('input', 'it must not be empty')
  const reasoning = objectOf(body, 'reasoning') ?? {}
  refuseUnknown(reasoning, reasoningFields, 'reasoning.')
  const question: Question = {
    model,
    turns,
    ...readToolChoice(body.tool_choice ?? 'auto', readTools(body.tools)),
    parallelToolCalls: flag(body, 'parallel_tool_calls', true),
    format,
    maxTokens: undefined,
    stop: [],
    choices: 1,
    seed: undefined,
    effort: reasoning.effort == null ? undefined : choiceOf(reasoning, 'effort', efforts, 'medium'),
  }
  return { question, items }
}

function earlierItems(body: JsonObject, kept: VoiceContext['kept']): JsonObject[] {
  if (body.previous_response_id == null) return []
  const id = requiredText(body, 'previous_response_id')
  const earlier = kept.get(id)
  if (earlier) return earlier.items
  const message = `Previous response with id '${id}' not found.`
  const code = 'previous_response_not_found'
  throw new CodedProblem('invalidRequest', code, message, 'previous_response_id')
}

function readOptions(body: JsonObject): ResponseOptions {
  const stream = flag(body, 'stream', false)
  const streamOptions = objectOf(body, 'stream_options')
  if (streamOptions && !stream) throw invalid('stream_options', "it is only for 'stream': true")
  const reasoning = objectOf(body, 'reasoning') ?? {}
  const name = reasoning.summary == null ? 'generate_summary' : 'summary'
  if (reasoning[name] != null) choiceOf(reasoning, name, summaries, 'auto')
  const include = readInclude(body.include)
  const topLogprobs = numberOf(body, 'top_logprobs', topLogprobsRule)
  return {
    stream,
    obfuscation: streamOptions === undefined || flag(streamOptions, 'include_obfuscation', true),
    store: flag(body, 'store', true),
    summary: reasoning[name] != null,
    encrypted: include.includes(encryptedField),
    topLogprobs: include.includes(logprobsField) ? (topLogprobs ?? 0) : undefined,
  }
}

function readInclude(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid('include', 'it must be an array')
  value.forEach((name, at) => {
    if (!includable.has(name)) throw invalid(`include[${at}]`, 'there is no such thing to include')
  })
  return value
}

function checkMetadata(metadata: JsonObject | undefined): void {
  const values = Object.values(metadata ?? {})
  if (values.length > mostMetadata) throw invalid('metadata', `it takes ${mostMetadata} pairs`)
  if (values.some((value) => typeof value !== 'string')) {
    throw invalid('metadata', 'its values must be texts')
  }
}

/** A model that thinks does not let its sampling be steered. */
function refuseSampling(body: JsonObject, { topLogprobs }: ResponseOptions): void {
  const name = ['temperature', 'top_p', 'top_logprobs'].find((field) => body[field] != null)
  const param = name ?? (topLogprobs === undefined ? undefined : 'include')
  if (param === undefined) return
  const message = `Unsupported parameter: '${param}' is not supported with this model.`
  throw new Problem('unsupportedParameter', message, param)
}
