import type { Answer, Usage } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { writeUsage } from '../openai/chat-parts.ts'
import { without } from '../openai-family/body.ts'
import type { AskedChat, ChatStyle, Exchange } from '../openai-family/chat-types.ts'
import { completionUsd, costUsd, rounded } from '../openai-family/counts.ts'
import { VendorProblem } from '../openai-family/errors.ts'
import { type ModelNames, thinks } from '../openai-family/model-names.ts'
import type { VoiceContext } from '../voice.ts'
import { inFlightBudget } from './errors.ts'
import { checkReplays, endDetail, reasoningDetail } from './reasoning-details.ts'

const providerName = 'Simulator'

export const models: ModelNames = {
  special: {
    'error-200': { persona: 'chat', does: 'An error body under status 200.' },
    'error-finish': { persona: 'chat', does: 'Answers that end with the reason `error`.' },
    'in-flight': { persona: 'chat', does: 'Always 402, to be asked again: too much is under way.' },
    encrypted: { persona: 'reason', does: 'Thinks, and sends it encrypted.' },
  },
  forms: [
    [/^simulator\/([^:]+)/, ([, persona = '']) => persona],
    [/:thinking$/, 'reason'],
    [/^[^/]+\/[^/]+$/, 'chat'],
  ],
}

/** The same in the body, in `X-Generation-Id` and for `GET /generation`. */
export function generationId({ requestId }: VoiceContext): string {
  return `gen-${requestId}`
}

/** @throws VendorProblem for the models that always fail. */
function checkModel(model: Json | undefined): void {
  if (model === 'error-200') {
    const message = 'Provider returned error'
    const more = { metadata: { provider_name: providerName, raw: 'upstream connect error' } }
    throw new VendorProblem('badGateway', message, { status: 200, code: '502' }, { more })
  }
  if (model === 'in-flight') {
    const message = 'Requests under way have reserved the rest of your credits.'
    const more = { metadata: { limit_source: inFlightBudget } }
    throw new VendorProblem('quotaExhausted', message, { status: 402 }, { more })
  }
}

function read(body: JsonObject, { behaviour }: AskedChat): JsonObject {
  const [fallback] = Array.isArray(body.models) ? body.models : []
  const model = body.model ?? fallback
  checkModel(model)
  if (thinks(model, models, behaviour)) checkReplays(body)
  // Usage is always told; asking for it has no effect.
  const rest = without(body, 'stream_options', 'reasoning', 'max_completion_tokens')
  const effort = body.reasoning_effort ?? effortOf(body.reasoning)
  const most = body.max_completion_tokens ?? body.max_tokens
  return {
    ...rest,
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(most === undefined ? {} : { max_tokens: most }),
  }
}

function effortOf(reasoning: Json | undefined): Json | undefined {
  if (!isObject(reasoning)) return undefined
  return reasoning.enabled === false ? 'none' : reasoning.effort
}

function alter({ body, outcome }: Exchange): void {
  const { reasoning } = body
  if (!isObject(reasoning) || reasoning.exclude !== true) return
  for (const answer of outcome.answers) answer.reasoning = []
}

function cost(usage: Partial<Usage>): JsonObject {
  const total = costUsd(usage)
  const completion = completionUsd(usage)
  return {
    cost: total,
    is_byok: false,
    cost_details: {
      upstream_inference_cost: null,
      upstream_inference_prompt_cost: rounded(total - completion),
      upstream_inference_completions_cost: completion,
    },
  }
}

const finishes: Readonly<Record<Answer['finish'], string>> = {
  stop: 'end_turn',
  stopSequence: 'stop_sequence',
  length: 'max_tokens',
  toolCalls: 'tool_use',
  refusal: 'end_turn',
}

/** Sets what the model itself said at the end of every choice. */
function addNative(choices: Json | undefined, { outcome, model }: Exchange): void {
  if (!Array.isArray(choices)) return
  for (const choice of choices) {
    if (!isObject(choice)) continue
    const answer = outcome.answers[Number(choice.index)]
    const isOver = choice.finish_reason !== null && answer !== undefined
    choice.native_finish_reason = isOver ? finishes[answer.finish] : null
    if (isOver && model === 'error-finish') {
      choice.error = { code: 502, message: 'Provider disconnected' }
    }
  }
}

/** For `GET /generation`. */
function keep({ context, outcome, model, id, options }: Exchange): void {
  const usage = outcome.usage ?? {}
  const response: JsonObject = {
    id,
    model,
    provider_name: providerName,
    streamed: options.stream,
    created_at: new Date(context.nowMs).toISOString(),
    total_cost: costUsd(usage),
    usage: costUsd(usage),
    tokens_prompt: usage.input,
    tokens_completion: usage.output,
    native_tokens_prompt: usage.input,
    native_tokens_completion: usage.output,
    native_tokens_reasoning: usage.reasoning,
    native_tokens_cached: usage.cached,
    latency: 1,
    is_byok: false,
  }
  context.kept.put(id, { response, items: [] })
}

export const chatStyle: ChatStyle = {
  models,
  read,
  alter(exchange) {
    alter(exchange)
    keep(exchange)
  },
  id: generationId,
  top: () => ({ provider: providerName, system_fingerprint: null }),
  hasRefusals: true,
  reasoning: (text, { model }) => ({
    reasoning: text,
    reasoning_details: [reasoningDetail(text, model === 'encrypted')],
  }),
  reasoningEnd: (answer, { model, context }) => ({
    content: '',
    reasoning_details: [endDetail(answer, model === 'encrypted', context.random)],
  }),
  message(message, answer, { model, context }) {
    if (answer.reasoning.length === 0) return { ...message, reasoning: null }
    const text = answer.reasoning.join('')
    const isEncrypted = model === 'encrypted'
    const detail = reasoningDetail(text, isEncrypted)
    const end = endDetail(answer, isEncrypted, context.random)
    return { ...message, reasoning_details: isEncrypted ? [detail, end] : [{ ...detail, ...end }] }
  },
  finish: (_answer, { model }) => (model === 'error-finish' ? 'error' : undefined),
  usage: (usage) => ({ ...writeUsage(usage), ...cost(usage) }),
  usagePlace: 'own chunk',
  calls: 'pieces',
  whole(answer, exchange) {
    addNative(answer.choices, exchange)
    return answer
  },
  stream(chunks, exchange) {
    for (const { json } of chunks) addNative(json.choices, exchange)
    return chunks
  },
  beforeEvents: ': OPENROUTER PROCESSING\n\n',
}
