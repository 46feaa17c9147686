import type { Answer, ChatOutcome, Question, Usage } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { invalid } from '../openai/fields.ts'
import { without, withParts } from '../openai-family/body.ts'
import type { AskedChat, ChatStyle, Chunk, Exchange } from '../openai-family/chat-types.ts'
import { type ModelNames, thinks } from '../openai-family/model-names.ts'
import { accountOverdue, modelNotOpen, sensitiveContent } from './errors.ts'

export const models: ModelNames = {
  special: {
    filtered: { persona: 'chat', does: 'Always 400: the prompt is sensitive.' },
    'filtered-answer': { persona: 'chat', does: 'Answers that end as `content_filter`.' },
    overdue: { persona: 'chat', does: 'Always 403: the account is overdue.' },
    'not-open': { persona: 'chat', does: 'Always 404: the model is switched off.' },
  },
  forms: [
    [/^ep-/, 'chat'],
    [/^doubao-seed-\d/, 'reason'],
    [/^(doubao-(?!seed|embedding)|deepseek-|kimi-|glm-)/, 'chat'],
  ],
}

const efforts: readonly Json[] = ['minimal', 'low', 'medium', 'high']
const switches: readonly Json[] = ['enabled', 'disabled', 'auto']
const defaultMaxTokens = 4096

/** @throws VendorProblem for the models that refuse. */
export function checkModel(model: Json | undefined): void {
  if (model === 'filtered') throw sensitiveContent()
  if (model === 'overdue') throw accountOverdue()
  if (model === 'not-open') throw modelNotOpen()
}

/** The effort in OpenAI's terms. @throws Problem for one that is none, or two that contradict. */
function readEffort({ thinking, reasoning_effort: effort }: JsonObject): Json | undefined {
  const type = isObject(thinking) ? thinking.type : undefined
  if (type !== undefined && !switches.includes(type)) {
    throw invalid('thinking.type', 'it must be enabled, disabled or auto')
  }
  if (effort != null && !efforts.includes(effort)) {
    throw invalid('reasoning_effort', 'it must be minimal, low, medium or high')
  }
  if (effort === 'minimal' && type === 'enabled') {
    throw invalid('reasoning_effort', 'minimal contradicts thinking that is enabled')
  }
  return type === 'disabled' || effort === 'minimal' ? 'none' : (effort ?? undefined)
}

function read(body: JsonObject, { behaviour }: AskedChat): JsonObject {
  const { model, stop, max_tokens: most, max_completion_tokens: mostInAll } = body
  checkModel(model)
  if (most != null && mostInAll != null) {
    throw invalid('max_tokens', 'it cannot be set together with max_completion_tokens')
  }
  if (stop != null && thinks(model, models, behaviour)) {
    throw invalid('stop', 'deep-thinking models do not support it')
  }
  const effort = readEffort(body)
  const rest = withParts(
    without(body, 'seed', 'metadata', 'store', 'verbosity', 'reasoning_effort'),
    readPart,
  )
  return effort === undefined ? rest : { ...rest, reasoning_effort: effort }
}

function readPart(part: JsonObject): JsonObject {
  if (part.type === 'video_url') {
    const { url } = isObject(part.video_url) ? part.video_url : {}
    return { type: 'file', file: { file_data: url ?? '' } }
  }
  if (part.type === 'input_audio' && isObject(part.input_audio)) {
    const { data, url } = part.input_audio
    return { ...part, input_audio: { ...part.input_audio, data: data ?? url ?? '' } }
  }
  return part
}

/** `max_tokens` is about the answer alone: thoughts come first and are not counted. */
function ask(question: Question, body: JsonObject): void {
  if (body.max_completion_tokens == null) question.maxTokens = undefined
}

function limitAnswer({ body, question, outcome, context }: Exchange): ChatOutcome {
  if (body.max_completion_tokens != null) return outcome
  const most = typeof body.max_tokens === 'number' ? body.max_tokens : defaultMaxTokens
  if (outcome.answers.every((answer) => saidTokens(answer) <= most)) return outcome
  const thoughts = Math.max(...outcome.answers.map(({ reasoning }) => reasoning.length))
  return context.behaviour.chat({ ...question, maxTokens: thoughts + most })
}

function saidTokens({ text, calls }: Answer): number {
  return calls.reduce((sum, { input }) => sum + input.length, text.length)
}

function writeUsage({ input, output, total, cached, reasoning }: Partial<Usage>): JsonObject {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: total,
    ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
    ...(reasoning === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  }
}

/** The role in every delta, and usage so far in every chunk for who asks for it. */
function repeatRole(chunks: Chunk[], { body, outcome }: Exchange): Chunk[] {
  const { stream_options: options } = body
  const isRunning = isObject(options) && options.chunk_include_usage === true
  const input = outcome.usage?.input
  let output = 0
  for (const { json, tokens } of chunks) {
    output += tokens
    for (const choice of [json.choices ?? []].flat()) {
      if (isObject(choice) && isObject(choice.delta)) {
        choice.delta = { content: '', ...choice.delta, role: 'assistant' }
      }
    }
    if (!isRunning || typeof input !== 'number' || isObject(json.usage)) continue
    json.usage = writeUsage({ input, output, total: input + output })
  }
  return chunks
}

export const chatStyle: ChatStyle = {
  models,
  read,
  ask,
  alter(exchange) {
    exchange.outcome = limitAnswer(exchange)
  },
  id: ({ requestId }) => `02179${requestId}`,
  top: () => ({ service_tier: 'default' }),
  opening: () => undefined,
  reasoning: (text) => ({ reasoning_content: text }),
  finish: (_answer, { model }) => (model === 'filtered-answer' ? 'content_filter' : undefined),
  usage: writeUsage,
  usagePlace: 'own chunk, when asked for',
  hasNullUsage: true,
  calls: 'pieces',
  whole(answer, { model }) {
    if (model !== 'filtered-answer') return answer
    for (const choice of [answer.choices ?? []].flat()) {
      if (isObject(choice)) choice.moderation_hit_type = 'severe_violation'
    }
    return answer
  },
  stream: repeatRole,
}
