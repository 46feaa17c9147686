import type { Answer, Question, ToolCall, Usage } from '../../behaviour/chat-types.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import { splitTokens } from '../../tokens.ts'
import { callId, writeLogprob } from '../openai/chat-parts.ts'
import type { ResponseOptions } from './request.ts'

/** One item of an answer. */
export interface OutputItem {
  id: string
  /** As it is when it is complete. */
  done: JsonObject
  /** As it is announced: nothing in it yet. */
  added: JsonObject
  /** What comes in pieces: the summary, the text, the refusal, the arguments. */
  pieces: string[]
  kind: 'reasoning' | 'text' | 'refusal' | 'function_call' | 'custom_tool_call'
}

/** The items of an answer, in order. */
export function writeOutput(
  answer: Answer,
  options: ResponseOptions,
  random: Random,
): OutputItem[] {
  const items: OutputItem[] = []
  if (answer.reasoning.length > 0) items.push(reasoningItem(answer, options, random))
  const isCutBefore = answer.finish === 'length' && answer.text.length === 0
  if (answer.refusal !== undefined) items.push(refusalItem(answer.refusal, random))
  else if (answer.calls.length === 0 && !isCutBefore) items.push(textItem(answer, options, random))
  answer.calls.forEach((call, at) => {
    const isCut = answer.finish === 'length' && at === answer.calls.length - 1
    items.push(callItem(call, isCut ? 'incomplete' : 'completed', random))
  })
  return items
}

function reasoningItem(
  { reasoning, signature }: Answer,
  { summary, encrypted }: ResponseOptions,
  random: Random,
): OutputItem {
  const base = { id: `rs_${random.id(32)}`, type: 'reasoning' }
  const text = reasoning.join('')
  return {
    id: base.id,
    kind: 'reasoning',
    pieces: summary ? reasoning : [],
    added: { ...base, summary: [] },
    done: {
      ...base,
      summary: summary ? [{ type: 'summary_text', text }] : [],
      ...(encrypted && signature !== undefined ? { encrypted_content: signature } : {}),
    },
  }
}

function messageItem(
  kind: 'text' | 'refusal',
  part: JsonObject,
  pieces: string[],
  random: Random,
  status = 'completed',
): OutputItem {
  const base = { id: `msg_${random.id(32)}`, type: 'message', role: 'assistant' }
  return {
    id: base.id,
    kind,
    pieces,
    added: { ...base, status: 'in_progress', content: [] },
    done: { ...base, status, content: [part] },
  }
}

function textItem(answer: Answer, { topLogprobs }: ResponseOptions, random: Random): OutputItem {
  const part: JsonObject = { type: 'output_text', text: answer.text.join(''), annotations: [] }
  part.logprobs = answer.text.flatMap((token) => logprobsOf(token, topLogprobs))
  const status = answer.finish === 'length' ? 'incomplete' : 'completed'
  return messageItem('text', part, answer.text, random, status)
}

/** Of one token; none when they are not asked for. */
export function logprobsOf(token: string, topLogprobs: number | undefined): Json[] {
  return topLogprobs === undefined ? [] : [writeLogprob(token, topLogprobs)]
}

function refusalItem(refusal: string, random: Random): OutputItem {
  return messageItem('refusal', { type: 'refusal', refusal }, splitTokens(refusal), random)
}

function callItem({ name, kind, input }: ToolCall, status: string, random: Random): OutputItem {
  const isCustom = kind === 'custom'
  const id = `${isCustom ? 'ctc' : 'fc'}_${random.id(32)}`
  const type = isCustom ? 'custom_tool_call' : 'function_call'
  const base = { id, type, call_id: callId(random), name }
  const field = isCustom ? 'input' : 'arguments'
  return {
    id,
    kind: type,
    pieces: input,
    added: { ...base, status: 'in_progress', [field]: '' },
    done: { ...base, status, [field]: input.join('') },
  }
}

/** A response that has begun: nothing in it yet. */
export function writeBegun(
  id: string,
  body: JsonObject,
  { model }: Question,
  nowMs: number,
): JsonObject {
  const { effort = null, summary = null } = isObject(body.reasoning) ? body.reasoning : {}
  const text = isObject(body.text) ? body.text : {}
  return {
    id,
    object: 'response',
    created_at: Math.floor(nowMs / 1000),
    completed_at: null,
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    metadata: body.metadata ?? {},
    model,
    output: [],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: { effort, summary },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: { format: { type: 'text' }, verbosity: 'medium', ...text },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? 'disabled',
    usage: null,
    user: body.user ?? null,
  }
}

/** The response when it is over. */
export function writeEnded(
  begun: JsonObject,
  answer: Answer,
  items: readonly OutputItem[],
  usage: Partial<Usage> | undefined,
): JsonObject {
  const isCut = answer.finish === 'length'
  return {
    ...begun,
    completed_at: isCut ? null : (begun.created_at ?? null),
    status: isCut ? 'incomplete' : 'completed',
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: items.map(({ done }) => done),
    usage: usage ? writeUsage(usage) : null,
  }
}

function writeUsage(usage: Partial<Usage>): JsonObject {
  const { input, output, total, cached, cacheWrite5m, reasoning } = usage
  const written = cacheWrite5m === undefined ? {} : { cache_write_tokens: cacheWrite5m }
  return {
    input_tokens: input,
    ...(cached === undefined
      ? {}
      : { input_tokens_details: { cached_tokens: cached, ...written } }),
    output_tokens: output,
    ...(reasoning === undefined ? {} : { output_tokens_details: { reasoning_tokens: reasoning } }),
    total_tokens: total,
  }
}
