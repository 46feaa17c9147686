import type { Usage } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { invalid } from '../openai/fields.ts'
import { without } from '../openai-family/body.ts'
import type { ChatStyle } from '../openai-family/chat-types.ts'
import { costUsd, countWithout } from '../openai-family/counts.ts'
import { VendorProblem } from '../openai-family/errors.ts'
import type { ModelNames } from '../openai-family/model-names.ts'

export const models: ModelNames = {
  special: { 'error-200': { persona: 'chat', does: 'An error as JSON under status 200.' } },
  forms: [
    [/^grok-.*non-reasoning/, 'chat'],
    [/^grok-/, 'reason'],
  ],
}

const efforts = new Set<Json>(['none', 'low', 'medium', 'high', 'xhigh'])
/** All current models think, and take none of these. */
const refusedFields = ['stop', 'presence_penalty', 'frequency_penalty']
const refusedKeywords = ['allOf', 'minLength', 'maxLength', 'minItems']
const mostLogprobs = 8
/** 1 US dollar, as `cost_in_usd_ticks` counts. */
const ticksPerUsd = 1e10

/** What a request is billed, as chat, responses, images and videos tell it. */
export function costInTicks(usage: Partial<Usage>): number {
  return Math.round(costUsd(usage) * ticksPerUsd)
}

/** @throws VendorProblem for the model that answers 200 and an error. */
export function checkModel(model: Json | undefined): void {
  if (model !== 'error-200') return
  const message = 'Service temporarily unavailable. The model is at capacity.'
  throw new VendorProblem('invalidRequest', message, {
    status: 200,
    code: 'The service is currently unavailable',
  })
}

function checkEffort({ model, reasoning_effort: effort }: JsonObject): void {
  if (effort === undefined || effort === null) return
  if (typeof model === 'string' && model.startsWith('grok-4.20')) {
    throw unsupported('reasoning_effort')
  }
  if (!efforts.has(effort)) throw invalid('reasoning_effort', 'this model has no such effort')
}

function unsupported(name: string): Problem {
  const message = `Argument not supported on this model: ${name}`
  return new Problem('unsupportedParameter', message, name)
}

function checkSchema(schema: Json | undefined): void {
  if (Array.isArray(schema)) schema.forEach(checkSchema)
  if (!isObject(schema)) return
  const keyword = refusedKeywords.find((name) => schema[name] !== undefined)
  if (keyword !== undefined) {
    throw invalid('response_format.json_schema', `'${keyword}' is not supported in a schema`)
  }
  Object.values(schema).forEach(checkSchema)
}

function read(body: JsonObject): JsonObject {
  checkModel(body.model)
  const name = refusedFields.find((field) => body[field] != null)
  if (name !== undefined) throw unsupported(name)
  checkEffort(body)
  if (typeof body.top_logprobs === 'number' && body.top_logprobs > mostLogprobs) {
    throw invalid('top_logprobs', `it must be from 0 to ${mostLogprobs}`)
  }
  const format = isObject(body.response_format) ? body.response_format.json_schema : undefined
  if (isObject(format)) checkSchema(format.schema)
  const { parallel_function_calling: older } = body
  const rest = without(body, 'parallel_function_calling', 'logit_bias', 'metadata', 'store')
  return older === undefined ? rest : { parallel_tool_calls: older, ...rest }
}

/** What was thought is not part of `completion_tokens`, but of the total. */
function writeUsage(usage: Partial<Usage>): JsonObject {
  const { input, output, total, cached, reasoning } = usage
  return {
    prompt_tokens: input,
    completion_tokens: countWithout(output, reasoning),
    total_tokens: total,
    ...(cached === undefined
      ? {}
      : {
          prompt_tokens_details: {
            text_tokens: input,
            audio_tokens: 0,
            image_tokens: 0,
            cached_tokens: cached,
          },
        }),
    ...(reasoning === undefined
      ? {}
      : {
          completion_tokens_details: {
            reasoning_tokens: reasoning,
            audio_tokens: 0,
            accepted_prediction_tokens: 0,
            rejected_prediction_tokens: 0,
          },
        }),
    num_sources_used: 0,
    cost_in_usd_ticks: costInTicks(usage),
  }
}

const role = { role: 'assistant' }

export const chatStyle: ChatStyle = {
  models,
  read,
  id: ({ random }) => random.id(36),
  top: () => ({ system_fingerprint: 'fp_simulator' }),
  opening: () => undefined,
  reasoning: (text) => ({ ...role, reasoning_content: text }),
  text: (token) => ({ ...role, content: token }),
  usage: writeUsage,
  usagePlace: 'finish',
  calls: 'whole',
  // Their place in the list is left to the reader.
  wholeCall: (call) => call,
  stream(chunks) {
    const last = chunks.at(-1)
    if (last) last.json.citations = []
    return chunks
  },
}
