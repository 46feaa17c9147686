// Streams on both sides of the matrix: how each dialect asks for one, how a provider sends it, and what
// a caller's client makes of it. The clients are the providers' own where there is one.

import { isJsonObject, type Json, type JsonObject, sseFrame } from '@aigne-hub/protocol'
import Anthropic from '@anthropic-ai/sdk'
import { createParser } from 'eventsource-parser'
import OpenAI from 'openai'
import { bytesOf } from './bytes.ts'
import { eventFrame, joined } from './event-frames.ts'
import type { CallerDialect, ProviderDialect } from './matrix.ts'

/** A caller's body that asks for a stream. Gemini's callers ask for it in the address. */
export function askingForStream(dialect: CallerDialect, body: JsonObject): JsonObject {
  if (dialect === 'gemini') return body
  if (dialect === 'aigne') {
    const options = isJsonObject(body.options) ? body.options : {}
    return { ...body, options: { ...options, streaming: true } }
  }
  const options = dialect === 'openai-chat' && { stream_options: { include_usage: true } }
  return { ...body, stream: true, ...options }
}

/** The ends of addresses that ask for a stream, where the body does not say it. */
const streamPaths: Partial<Record<ProviderDialect, string>> = {
  gemini: ':streamGenerateContent?alt=sse',
  'bedrock-converse': '/converse-stream',
}

/** Whether a stream is asked for by the address, and by which end of it. */
export const streamPathOf = (dialect: ProviderDialect): string | undefined => streamPaths[dialect]

/** The body that asks a provider for a stream; from OpenAI chat always with its usage. */
export function expectingStream(dialect: ProviderDialect, body: Json): Json {
  if (!isJsonObject(body) || dialect === 'gemini') return body
  if (dialect === 'bedrock-converse') return withPathsOfDeltas(body)
  if (dialect === 'openai-chat') return askingForStream(dialect, body)
  return { ...body, stream: true }
}

/** The fields of Anthropic's own answers stand in its own delta when they are streamed. */
function withPathsOfDeltas(body: JsonObject): JsonObject {
  const { additionalModelResponseFieldPaths: paths } = body
  if (!Array.isArray(paths)) return body
  return { ...body, additionalModelResponseFieldPaths: paths.map((path) => `/delta${path}`) }
}

/** What a provider sends. */
export function providerStream(
  dialect: ProviderDialect,
  events: readonly JsonObject[],
): Uint8Array {
  if (dialect === 'bedrock-converse') {
    const frames = events.flatMap((event) => Object.entries(event))
    return joined(frames.map(([type, payload]) => eventFrame(type, payload)))
  }
  if (dialect === 'ollama') {
    return bytesOf(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  }
  return bytesOf(sseStream(dialect, events))
}

function sseStream(dialect: ProviderDialect, events: readonly JsonObject[]): string {
  const isNamed = dialect === 'openai-responses' || dialect === 'anthropic-messages'
  const frames = events.map((event) =>
    sseFrame(JSON.stringify(event), isNamed ? String(event.type) : undefined),
  )
  return frames.join('') + (dialect === 'openai-chat' ? sseFrame('[DONE]') : '')
}

interface Frame {
  name: string | undefined
  data: string
}

function framesOf(stream: string): Frame[] {
  const frames: Frame[] = []
  createParser({ onEvent: ({ event, data }) => frames.push({ name: event, data }) }).feed(stream)
  return frames
}

/** @throws TypeError saying what a client would stumble over. */
function wrong(what: string): never {
  throw new TypeError(`The stream ${what}.`)
}

function parsed({ data }: Frame): JsonObject {
  const value: unknown = JSON.parse(data)
  return isJsonObject(value) ? value : wrong(`holds ${data}, which is no object`)
}

const objects = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : []

/** A client whose server answers with `stream`. */
const answering = (stream: string) => ({
  apiKey: 'k',
  maxRetries: 0,
  dangerouslyAllowBrowser: true,
  fetch: async () =>
    new Response(stream, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } }),
})

const plainJson = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value))

/** What OpenAI's client puts together; the thoughts, which it does not know, are put together here. */
async function openAiChat(stream: string): Promise<Json> {
  const frames = framesOf(stream)
  if (frames.at(-1)?.data !== '[DONE]') wrong('does not end with [DONE]')
  const client = new OpenAI(answering(stream))
  const whole = client.chat.completions.stream({
    model: 'm1',
    messages: [],
    stream_options: { include_usage: true },
  })
  const completion = plainJson(await whole.finalChatCompletion())
  const deltas = frames
    .slice(0, -1)
    .flatMap((frame) => objects(parsed(frame).choices))
    .map((choice) => ({
      index: choice.index,
      delta: isJsonObject(choice.delta) ? choice.delta : {},
    }))
  const choices = objects(completion.choices).map((choice) => {
    const own = deltas.filter(({ index }) => index === choice.index).map(({ delta }) => delta)
    const { parsed: _, ...message } = isJsonObject(choice.message) ? choice.message : {}
    const thought = own.map((delta) => delta.reasoning_content ?? '').join('')
    const details = own.flatMap((delta) => objects(delta.reasoning_details))
    const saysNothing = message.content === '' && (message.tool_calls ?? message.refusal)
    return {
      ...choice,
      message: {
        ...message,
        ...(saysNothing && { content: null }),
        ...(thought !== '' && { reasoning_content: thought }),
        ...(details.length > 0 && { reasoning_details: details }),
      },
    }
  })
  return { ...completion, object: 'chat.completion', choices }
}

/** Delta events of Responses, and the field of the finished piece they add up to. */
const responsesPieces: Record<string, string> = {
  'response.output_text.delta': 'text',
  'response.refusal.delta': 'refusal',
  'response.function_call_arguments.delta': 'arguments',
  'response.custom_tool_call_input.delta': 'input',
  'response.reasoning_summary_text.delta': 'text',
  'response.reasoning_text.delta': 'text',
}

/** The piece of the finished answer that a delta belongs to. */
function finishedPiece(output: readonly JsonObject[], event: JsonObject): JsonObject | undefined {
  const item = output[Number(event.output_index)]
  if (event.summary_index !== undefined) return objects(item?.summary)[Number(event.summary_index)]
  if (event.content_index !== undefined) return objects(item?.content)[Number(event.content_index)]
  return item
}

/** The terminal event's answer, once everything before it has added up to it and OpenAI's client is content. */
async function openAiResponses(stream: string): Promise<Json> {
  const frames = framesOf(stream)
  const events = frames.map(parsed)
  events.forEach((event, index) => {
    if (event.sequence_number !== index) wrong(`counts ${event.sequence_number} at ${index}`)
    if (event.type !== frames[index]?.name) wrong(`names ${event.type} ${frames[index]?.name}`)
  })
  const terminal = events.at(-1)
  if (!/^response\.(completed|incomplete)$/.test(String(terminal?.type)))
    wrong('has no terminal event')
  const answer = terminal?.response
  if (!isJsonObject(answer)) return wrong('ends without an answer')
  const output = objects(answer.output)
  const saidOf = new Map<JsonObject, { field: string; said: string }>()
  for (const event of events) {
    const field = responsesPieces[String(event.type)]
    if (field === undefined) continue
    const piece = finishedPiece(output, event) ?? wrong(`grows a piece the answer lacks`)
    saidOf.set(piece, { field, said: `${saidOf.get(piece)?.said ?? ''}${event.delta}` })
  }
  for (const [piece, { field, said }] of saidOf) {
    if (piece[field] !== said) wrong(`adds up to ${said} where the answer has ${piece[field]}`)
  }
  const done = events.filter(({ type }) => type === 'response.output_item.done')
  if (JSON.stringify(done.map(({ item }) => item)) !== JSON.stringify(output)) {
    wrong('ends its items otherwise than its answer has them')
  }
  const client = new OpenAI(answering(stream))
  await client.responses.stream({ model: 'm1', input: [] }).finalResponse()
  return answer
}

/** What Anthropic's client puts together. */
async function anthropicMessages(stream: string): Promise<Json> {
  const misnamed = framesOf(stream).find((frame) => parsed(frame).type !== frame.name)
  if (misnamed) wrong(`names ${misnamed.data} ${misnamed.name}`)
  const client = new Anthropic(answering(stream))
  const whole = client.messages.stream({ model: 'm1', max_tokens: 1, messages: [] })
  return plainJson(await whole.finalMessage())
}

function unnamed(stream: string): JsonObject[] {
  const frames = framesOf(stream)
  const named = frames.find(({ name }) => name !== undefined)
  if (named) wrong(`names an event ${named.name}`)
  return frames.map(parsed)
}

/** The odds of the tokens so far: each chunk tells those of its own. */
function grownOdds(known: Json | undefined, more: Json | undefined): JsonObject {
  if (!isJsonObject(more)) return isJsonObject(known) ? { logprobsResult: known } : {}
  const before = isJsonObject(known) ? known : {}
  const grown = Object.entries(more).map(([key, list]) => {
    const told = before[key]
    return [key, Array.isArray(told) && Array.isArray(list) ? [...told, ...list] : list]
  })
  return { logprobsResult: Object.fromEntries(grown) }
}

/** Chunks of Gemini: parts follow one another, of anything else the last word counts. */
function gemini(stream: string): Json {
  const candidates: JsonObject[] = []
  const answer: JsonObject = {}
  for (const { candidates: grown, ...others } of unnamed(stream)) {
    Object.assign(answer, others)
    for (const candidate of objects(grown)) {
      const index = Number(candidate.index ?? 0)
      const known = candidates[index] ?? {}
      const content = isJsonObject(candidate.content) ? candidate.content : {}
      const before = isJsonObject(known.content) ? objects(known.content.parts) : []
      const parts = [...before, ...objects(content.parts)]
      const odds = grownOdds(known.logprobsResult, candidate.logprobsResult)
      candidates[index] = { ...known, ...candidate, ...odds, content: { role: 'model', parts } }
    }
  }
  return { ...answer, ...(candidates.length > 0 && { candidates }) }
}

/** AIGNE's deltas: `text` is added to a field, `json` takes its place. */
function aigne(stream: string): Json {
  const answer: JsonObject = {}
  for (const { delta } of unnamed(stream)) {
    const { text = {}, json = {} } = isJsonObject(delta)
      ? delta
      : wrong('has an event without delta')
    for (const [field, more] of Object.entries(isJsonObject(text) ? text : {})) {
      answer[field] = `${answer[field] ?? ''}${more}`
    }
    Object.assign(answer, json)
  }
  return answer
}

const clients = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'anthropic-messages': anthropicMessages,
  gemini,
  aigne,
} as const satisfies Record<CallerDialect, (stream: string) => Json | Promise<Json>>

/**
 * The whole answer that a caller's client makes of a stream.
 * @throws TypeError, or what the client throws, when the stream breaks its dialect's rules.
 */
export async function putTogether(dialect: CallerDialect, stream: string): Promise<Json> {
  return clients[dialect](stream)
}
