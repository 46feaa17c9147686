import type { Answer, ToolCall } from '../../behaviour/chat-types.ts'
import type { Json, JsonObject } from '../../json.ts'
import { callId, finishReasons, writeLogprob, writeUsage } from '../openai/chat-parts.ts'
import type { ChatStyle, Exchange } from './chat-types.ts'

/** A `chat.completion`. */
export function writeWhole(exchange: Exchange, style: ChatStyle): JsonObject {
  const { outcome, context, model, id } = exchange
  const answer: JsonObject = {
    id,
    object: 'chat.completion',
    created: Math.floor(context.nowMs / 1000),
    model,
    choices: outcome.answers.map((one, index) => ({
      index,
      message: writeMessage(one, exchange, style),
      logprobs: writeLogprobs(one, exchange),
      finish_reason: finishOf(one, exchange, style),
    })),
    ...usageOf(exchange, style),
    ...style.top?.(exchange),
  }
  return style.whole?.(answer, exchange) ?? answer
}

function writeMessage(answer: Answer, exchange: Exchange, style: ChatStyle): JsonObject {
  const { reasoning, calls, refusal } = answer
  const { hasRefusals = false } = style
  const text = textOf(answer, style).join('')
  const hasNoText = text === '' && (calls.length > 0 || refusal !== undefined)
  const message: JsonObject = {
    role: 'assistant',
    content: hasNoText ? null : text,
    ...(hasRefusals ? { refusal: refusal ?? null } : {}),
    ...(reasoning.length > 0 ? style.reasoning(reasoning.join(''), exchange) : {}),
    ...(calls.length > 0 ? { tool_calls: writeCalls(answer, exchange, style) } : {}),
  }
  return style.message?.(message, answer, exchange) ?? message
}

/** The content, cut into tokens: a refusal too where there is no field for it. */
export function textOf({ text, refusal }: Answer, { hasRefusals = false }: ChatStyle): string[] {
  return refusal === undefined || hasRefusals ? text : [refusal]
}

/** Calls as they stand in a message. */
export function writeCalls(
  { calls }: Answer,
  { context }: Exchange,
  { callId: ownId }: ChatStyle,
): JsonObject[] {
  return calls.map((call) => writeCall(call, (ownId ?? callId)(context.random)))
}

function writeCall({ name, kind, input }: ToolCall, id: string): JsonObject {
  const text = input.join('')
  return kind === 'custom'
    ? { id, type: 'custom', custom: { name, input: text } }
    : { id, type: 'function', function: { name, arguments: text } }
}

function writeLogprobs({ text }: Answer, { options: { topLogprobs } }: Exchange): Json {
  if (topLogprobs === undefined) return null
  return { content: text.map((token) => writeLogprob(token, topLogprobs)), refusal: null }
}

export function finishOf(answer: Answer, exchange: Exchange, style: ChatStyle): string {
  return style.finish?.(answer, exchange) ?? finishReasons[answer.finish]
}

/** The `usage` of an answer, or nothing when a fault has taken it. */
export function usageOf(exchange: Exchange, style: ChatStyle): JsonObject {
  const { usage } = exchange.outcome
  if (!usage) return {}
  return { usage: style.usage?.(usage, exchange) ?? writeUsage(usage) }
}
