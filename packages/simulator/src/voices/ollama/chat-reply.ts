import type { Answer, ChatOutcome, Count, ToolCall } from '../../behaviour/chat-types.ts'
import { likeliest, likelihoodOf } from '../../behaviour/likelihood.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { Step } from '../../reply.ts'
import { splitTokens } from '../../tokens.ts'
import type { VoiceContext } from '../voice.ts'
import type { ChatOptions } from './chat-request.ts'

/** One of the pieces an answer comes in: what is new in the message. */
interface Piece {
  message: JsonObject
  /** Tokens of the content, where they are told with their likelihood. */
  tokens: string[]
  count: number
}

const role = 'assistant'
const loadNs = 2_000_000
const promptTokenNs = 1_000_000
const tokenNs = 12_000_000

/** The text as it goes out; with it the thoughts, where they are not told apart. */
function contentOf({ text, refusal, reasoning }: Answer, { leaksThoughts }: ChatOptions): string[] {
  const said = refusal === undefined ? text : splitTokens(refusal)
  if (!leaksThoughts || reasoning.length === 0) return said
  return ['<think>', '\n', ...reasoning, '\n', '</think>', '\n\n', ...said]
}

function writeCall(call: ToolCall, index: number, { random }: VoiceContext): JsonObject {
  const { name } = call
  return {
    id: `call_${random.id(8).toLowerCase()}`,
    function: { index, name, arguments: argumentsOf(call) },
  }
}

/** Arguments that were cut off are none. */
function argumentsOf({ input }: ToolCall): JsonObject {
  try {
    const value: Json = JSON.parse(input.join(''))
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** Counts of nothing are left out. */
function counted(name: string, count: Count | undefined): JsonObject {
  return count === undefined || count === 0 ? {} : { [name]: count }
}

/** What only the end of an answer tells. */
function writeEnd(
  { finish }: Answer,
  { usage }: ChatOutcome,
  { isCached }: ChatOptions,
): JsonObject {
  const number = (count: unknown) => (typeof count === 'number' ? Math.max(0, count) : 0)
  const promptNs = number(usage?.input) * promptTokenNs
  const answerNs = number(usage?.output) * tokenNs
  return {
    done: true,
    done_reason: finish === 'length' ? 'length' : 'stop',
    total_duration: loadNs + promptNs + answerNs,
    load_duration: loadNs,
    ...(isCached ? {} : counted('prompt_eval_count', usage?.input)),
    prompt_eval_duration: promptNs,
    ...counted('eval_count', usage?.output),
    eval_duration: answerNs,
  }
}

function writeLogprobs(tokens: readonly string[], { topLogprobs }: ChatOptions): JsonObject {
  if (topLogprobs === undefined || tokens.length === 0) return {}
  const bytes = (token: string) => [...Buffer.from(token)]
  return {
    logprobs: tokens.map((token) => ({
      token,
      logprob: likelihoodOf(token).logprob,
      bytes: bytes(token),
      ...(topLogprobs === 0
        ? {}
        : {
            top_logprobs: likeliest(token, topLogprobs).map((one) => ({
              token: one.token,
              logprob: one.logprob,
              bytes: bytes(one.token),
            })),
          }),
    })),
  }
}

/** When something is said; each piece a millisecond after the one before. */
function timeOf({ nowMs }: VoiceContext, piece: number): string {
  return new Date(nowMs + piece).toISOString()
}

/** A whole answer, as JSON text. */
export function writeChat(
  answer: Answer,
  outcome: ChatOutcome,
  options: ChatOptions,
  context: VoiceContext,
): string {
  const { reasoning, calls } = answer
  const content = contentOf(answer, options)
  return JSON.stringify({
    model: options.name,
    created_at: timeOf(context, 0),
    message: {
      role,
      content: content.join(''),
      ...(reasoning.length > 0 && !options.leaksThoughts ? { thinking: reasoning.join('') } : {}),
      ...(calls.length > 0
        ? { tool_calls: calls.map((call, at) => writeCall(call, at, context)) }
        : {}),
    },
    ...writeEnd(answer, outcome, options),
    ...writeLogprobs(content, options),
  })
}

function piecesOf(answer: Answer, options: ChatOptions, context: VoiceContext): Piece[] {
  const pieces: Piece[] = []
  const add = (message: JsonObject, tokens: string[], count: number) =>
    pieces.push({ message: { role, content: '', ...message }, tokens, count })
  if (!options.leaksThoughts) {
    for (const thinking of answer.reasoning) add({ thinking }, [], 1)
  }
  answer.calls.forEach((call, at) => {
    add({ tool_calls: [writeCall(call, at, context)] }, [], call.input.length)
  })
  for (const content of contentOf(answer, options)) add({ content }, [content], 1)
  return pieces
}

/** An answer as lines of JSON, one step each. */
export function writeChatStream(
  answer: Answer,
  outcome: ChatOutcome,
  options: ChatOptions,
  context: VoiceContext,
): Step[] {
  const pieces = piecesOf(answer, options, context)
  const line = (fields: JsonObject, at: number) =>
    `${JSON.stringify({ model: options.name, created_at: timeOf(context, at), ...fields })}\n`
  const steps = pieces.map(({ message, tokens, count }, at): Step => {
    const fields = { message, done: false, ...writeLogprobs(tokens, options) }
    return { send: line(fields, at), tokens: count }
  })
  const end = { message: { role, content: '' }, ...writeEnd(answer, outcome, options) }
  steps.push({ send: line(end, pieces.length), tokens: 0 })
  return steps
}

/** What is said of a model that was only loaded, or thrown out. */
export function writeLoaded(
  { name }: ChatOptions,
  reason: 'load' | 'unload',
  context: VoiceContext,
): string {
  return JSON.stringify({
    model: name,
    created_at: timeOf(context, 0),
    message: { role, content: '' },
    done: true,
    done_reason: reason,
  })
}
