import type { Answer, ChatOutcome, Question, ToolCall } from '../../behaviour/chat-types.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import type { VoiceContext } from '../voice.ts'
import { callId, fingerprint, finishReasons, writeLogprob, writeUsage } from './chat-parts.ts'
import type { ChatOptions } from './chat-request.ts'

/** A `chat.completion`, as JSON text. */
export function writeChat(
  question: Question,
  outcome: ChatOutcome,
  options: ChatOptions,
  { random, nowMs }: VoiceContext,
): string {
  return JSON.stringify({
    id: `chatcmpl-${random.id(29)}`,
    object: 'chat.completion',
    created: Math.floor(nowMs / 1000),
    model: question.model,
    choices: outcome.answers.map((answer, index) => ({
      index,
      message: writeMessage(answer, random),
      logprobs: writeLogprobs(answer, options),
      finish_reason: finishReasons[answer.finish],
    })),
    ...(outcome.usage ? { usage: writeUsage(outcome.usage) } : {}),
    service_tier: 'default',
    system_fingerprint: fingerprint,
  })
}

function writeMessage(answer: Answer, random: Random): JsonObject {
  const { reasoning, text, calls, refusal } = answer
  const hasNoText = text.length === 0 && (calls.length > 0 || refusal !== undefined)
  return {
    role: 'assistant',
    content: hasNoText ? null : text.join(''),
    refusal: refusal ?? null,
    annotations: [],
    ...(reasoning.length > 0 ? { reasoning_content: reasoning.join('') } : {}),
    ...(calls.length > 0 ? { tool_calls: calls.map((call) => writeCall(call, random)) } : {}),
  }
}

function writeCall({ name, kind, input }: ToolCall, random: Random): Json {
  const text = input.join('')
  return kind === 'custom'
    ? { id: callId(random), type: 'custom', custom: { name, input: text } }
    : { id: callId(random), type: 'function', function: { name, arguments: text } }
}

function writeLogprobs({ text }: Answer, { topLogprobs }: ChatOptions): Json {
  if (topLogprobs === undefined) return null
  return { content: text.map((token) => writeLogprob(token, topLogprobs)), refusal: null }
}
