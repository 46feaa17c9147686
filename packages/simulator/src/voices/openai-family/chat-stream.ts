import type { Answer } from '../../behaviour/chat-types.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Step } from '../../reply.ts'
import { splitTokens } from '../../tokens.ts'
import { writeLogprob } from '../openai/chat-parts.ts'
import type { ChatStyle, Chunk, Exchange } from './chat-types.ts'
import { finishOf, textOf, usageOf, writeCalls } from './chat-whole.ts'

/** A stream of `chat.completion.chunk`, one step an event. */
export function writeEvents(exchange: Exchange, style: ChatStyle): Step[] {
  const chunks = writeChunks(exchange, style)
  const touched = style.stream?.(chunks, exchange) ?? chunks
  const steps = touched.map(
    ({ json, tokens }): Step => ({ send: `data: ${JSON.stringify(json)}\n\n`, tokens }),
  )
  const { beforeEvents = '' } = style
  if (beforeEvents !== '') steps.unshift({ send: beforeEvents, tokens: 0 })
  const isEnded = style.isEnded?.(exchange) ?? true
  if (isEnded) steps.push({ send: 'data: [DONE]\n\n', tokens: 0 })
  return steps
}

function writeChunks(exchange: Exchange, style: ChatStyle): Chunk[] {
  const { context, model, id, options } = exchange
  const head: JsonObject = {
    id,
    object: 'chat.completion.chunk',
    created: Math.floor(context.nowMs / 1000),
    model,
    ...style.top?.(exchange),
  }
  const place = style.usagePlace
  const isAsked = place.endsWith('asked for')
  const usage = isAsked && !options.includeUsage ? {} : usageOf(exchange, style)
  const none = style.hasNullUsage && options.includeUsage ? { usage: null } : {}
  const chunks = interleave(exchange, style).map(
    ({ choice, tokens }): Chunk => ({ json: { ...head, choices: [choice], ...none }, tokens }),
  )
  if (usage.usage === undefined || place === 'nowhere') return chunks
  if (place.startsWith('own chunk')) {
    chunks.push({ json: { ...head, choices: [], ...usage }, tokens: 0 })
  } else {
    Object.assign(chunks.at(-1)?.json ?? {}, usage)
  }
  return chunks
}

/** What goes into `choices`. */
interface Piece {
  choice: JsonObject
  tokens: number
}

/** The chunks of several answers take turns. */
function interleave(exchange: Exchange, style: ChatStyle): Piece[] {
  const streams = exchange.outcome.answers.map((answer, index) =>
    piecesOf(answer, index, exchange, style),
  )
  const longest = Math.max(...streams.map((stream) => stream.length))
  return Array.from({ length: longest }, (_, at) =>
    streams.flatMap((stream) => stream[at] ?? []),
  ).flat()
}

function piecesOf(answer: Answer, index: number, exchange: Exchange, style: ChatStyle): Piece[] {
  const { topLogprobs } = exchange.options
  const pieces: Piece[] = []
  const add = (delta: JsonObject, tokens: number, logprobs: JsonObject | null = null) => {
    const likely = topLogprobs === undefined ? {} : { logprobs }
    pieces.push({ choice: { index, delta, ...likely, finish_reason: null }, tokens })
  }
  const opening = style.opening ? style.opening(answer) : { role: 'assistant', content: '' }
  if (opening !== undefined) add(opening, 0)
  for (const token of answer.reasoning) add(style.reasoning(token, exchange), 1)
  const end = answer.reasoning.length > 0 ? style.reasoningEnd?.(answer, exchange) : undefined
  if (end !== undefined) add(end, 0)
  for (const token of textOf(answer, style)) {
    const logprobs =
      topLogprobs === undefined
        ? null
        : { content: [writeLogprob(token, topLogprobs)], refusal: null }
    add(style.text?.(token) ?? { content: token }, 1, logprobs)
  }
  if (style.hasRefusals) {
    for (const token of splitTokens(answer.refusal ?? '')) add({ refusal: token }, 1)
  }
  const last = addCalls(answer, exchange, style, add)
  add(last, 0)
  const finish = pieces.at(-1)
  if (finish) finish.choice.finish_reason = finishOf(answer, exchange, style)
  return pieces
}

/** The delta that ends the choice. */
function addCalls(
  answer: Answer,
  exchange: Exchange,
  style: ChatStyle,
  add: (delta: JsonObject, tokens: number) => void,
): JsonObject {
  const written = answer.calls.length > 0 ? writeCalls(answer, exchange, style) : []
  if (style.calls === 'pieces') {
    written.forEach((call, index) => {
      addPieces(call, answer.calls[index]?.input ?? [], index, add)
    })
    return style.closing ?? {}
  }
  const whole = written.map(
    (call, index) => style.wholeCall?.(call, index, exchange) ?? { index, ...call },
  )
  if (style.calls === 'with the finish') {
    return whole.length > 0 ? { content: '', tool_calls: whole } : { content: '' }
  }
  whole.forEach((call, index) => {
    const tokens = answer.calls[index]?.input.length ?? 0
    add({ role: 'assistant', content: '', tool_calls: [call] }, tokens)
  })
  return style.closing ?? {}
}

/** Id and name come once, in the first delta of a call. */
function addPieces(
  call: JsonObject,
  input: readonly string[],
  index: number,
  add: (delta: JsonObject, tokens: number) => void,
): void {
  const kind = call.type === 'custom' ? 'custom' : 'function'
  const field = kind === 'custom' ? 'input' : 'arguments'
  const inner = call[kind]
  const opened = { ...call, [kind]: { ...(isObject(inner) ? inner : {}), [field]: '' } }
  add({ tool_calls: [{ index, ...opened }] }, 0)
  for (const piece of input) add({ tool_calls: [{ index, [kind]: { [field]: piece } }] }, 1)
}
