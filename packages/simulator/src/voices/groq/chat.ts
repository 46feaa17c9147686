import type { Usage } from '../../behaviour/chat-types.ts'
import { isObject, type JsonObject } from '../../json.ts'
import { splitTokens } from '../../tokens.ts'
import { writeUsage } from '../openai/chat-parts.ts'
import { choiceOf, invalid } from '../openai/fields.ts'
import { hasTools, without } from '../openai-family/body.ts'
import type { ChatStyle, Chunk, Exchange } from '../openai-family/chat-types.ts'
import { VendorProblem } from '../openai-family/errors.ts'
import type { ModelNames } from '../openai-family/model-names.ts'
import type { VoiceContext } from '../voice.ts'

export const models: ModelNames = {
  special: {
    'failed-generation': {
      persona: 'chat',
      does: 'Always 400: what the model wrote is no valid JSON, or no valid tool call.',
    },
    capacity: { persona: 'chat', does: 'Always 498: the flex tier is full.' },
  },
  forms: [
    [/^openai\/gpt-oss-|^qwen\//, 'reason'],
    [/^(llama-|meta-llama\/|moonshotai\/|groq\/)/, 'chat'],
  ],
}

const unsupported = ['logprobs', 'top_logprobs', 'logit_bias', 'metadata', 'store']
const formats = ['parsed', 'raw', 'hidden'] as const
const tiers = ['on_demand', 'flex', 'auto', 'performance'] as const

/** Shown in `x_groq`. */
function requestName({ requestId }: VoiceContext): string {
  return `req_${requestId}`
}

/** @throws VendorProblem for the models that fail. */
function checkModel(body: JsonObject): void {
  if (body.model === 'capacity') {
    const message = 'The flex tier is at capacity. Try again later.'
    throw new VendorProblem('unavailable', message, {
      status: 498,
      type: 'capacity_exceeded',
      code: 'capacity_exceeded',
    })
  }
  if (body.model !== 'failed-generation') return
  const isTools = hasTools(body)
  const message = isTools
    ? "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details."
    : "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details."
  const code = isTools ? 'tool_use_failed' : 'json_validate_failed'
  const more = { failed_generation: '{"city": "Paris"' }
  throw new VendorProblem('invalidRequest', message, { code }, { more })
}

/** What the model's own list of efforts is. */
function effortsOf(model: unknown): readonly string[] {
  const name = typeof model === 'string' ? model : ''
  if (name.startsWith('openai/gpt-oss-')) return ['low', 'medium', 'high']
  if (name.startsWith('qwen/qwen3.8')) return ['none', 'default', 'low', 'medium', 'high']
  if (name.startsWith('qwen/')) return ['none', 'default']
  return ['none', 'default', 'low', 'medium', 'high']
}

function isJson({ response_format: format }: JsonObject): boolean {
  return isObject(format) && (format.type === 'json_object' || format.type === 'json_schema')
}

function checkReasoning(body: JsonObject): void {
  const { reasoning_format: format, include_reasoning: included } = body
  if (format == null) return
  choiceOf(body, 'reasoning_format', formats, 'parsed')
  if (included != null) {
    throw invalid('reasoning_format', 'it cannot be used together with include_reasoning')
  }
  if (format === 'raw' && (isJson(body) || hasTools(body))) {
    throw invalid('reasoning_format', 'raw cannot be used with JSON mode or tools')
  }
}

function read(body: JsonObject): JsonObject {
  checkModel(body)
  const name = unsupported.find((field) => body[field] != null && body[field] !== false)
  if (name !== undefined) {
    throw invalid(name, `property '${name}' is unsupported`)
  }
  if (body.n != null && body.n !== 1) throw invalid('n', "'n' : number must be at most 1")
  if (isJson(body) && hasTools(body)) {
    throw invalid('response_format', 'json mode cannot be combined with tool/function calling')
  }
  checkReasoning(body)
  choiceOf(body, 'service_tier', tiers, 'on_demand')
  const { reasoning_effort: effort } = body
  if (effort == null) return body
  const efforts = effortsOf(body.model)
  if (typeof effort !== 'string' || !efforts.includes(effort)) {
    throw invalid('reasoning_effort', `it must be one of ${efforts.join(', ')}`)
  }
  return effort === 'default' ? without(body, 'reasoning_effort') : body
}

/** Thoughts may stay in the text, between tags, or be left out. */
function alter({ body, outcome }: Exchange): void {
  const { reasoning_format: format, include_reasoning: included } = body
  for (const answer of outcome.answers) {
    if (answer.reasoning.length === 0) continue
    if (format === 'raw') {
      const thoughts = ['<think>\n', ...answer.reasoning, '\n</think>\n\n']
      answer.text = [...thoughts.flatMap((piece) => splitTokens(piece)), ...answer.text]
    }
    if (format === 'raw' || format === 'hidden' || included === false) answer.reasoning = []
  }
}

function writeTimedUsage(usage: Partial<Usage>): JsonObject {
  return {
    queue_time: 0.01,
    prompt_time: 0.002,
    completion_time: 0.02,
    total_time: 0.022,
    ...writeUsage(usage),
  }
}

/** The request's id with the first chunk, usage too with the one that finishes. */
function addOwn(chunks: Chunk[], { context, outcome }: Exchange): Chunk[] {
  const id = requestName(context)
  const usage = outcome.usage ? { usage: writeTimedUsage(outcome.usage) } : {}
  const finish = chunks.findLast(({ json }) => JSON.stringify(json.choices) !== '[]')
  const [first] = chunks
  if (first) first.json.x_groq = { id }
  if (finish) finish.json.x_groq = { id, ...usage }
  for (const { json } of chunks) {
    for (const choice of [json.choices ?? []].flat()) {
      if (isObject(choice)) choice.logprobs = null
    }
  }
  return chunks
}

export const chatStyle: ChatStyle = {
  models,
  read,
  alter,
  id: ({ random }) => `chatcmpl-${random.id(36)}`,
  top: () => ({ system_fingerprint: 'fp_simulator' }),
  reasoning: (text) => ({ reasoning: text }),
  usage: writeTimedUsage,
  usagePlace: 'own chunk, when asked for',
  calls: 'pieces',
  whole: (answer, { context, question: { seed } }) => ({
    ...answer,
    usage_breakdown: null,
    x_groq: { id: requestName(context), ...(seed === undefined ? {} : { seed }) },
    service_tier: 'on_demand',
  }),
  stream: addOwn,
}
