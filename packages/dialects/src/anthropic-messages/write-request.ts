// A request that goes to a provider.

import {
  type ChatRequest,
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type WireRequest,
  type WireTarget,
} from '@aigne-hub/protocol'
import { inJson, inJsonOf } from '../json-instruction.ts'
import type { Losses } from '../losses.ts'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'
import { isRecursive, takenSchema } from './json-schema.ts'
import { versionOf, writeSampling } from './sampling.ts'
import { writeThinking } from './thinking.ts'
import { jsonAnswerTool } from './tool-call.ts'
import { isForced, writeToolChoice, writeTools } from './tools.ts'
import { messagesHead, messagesPath } from './wire-address.ts'
import { WriteContext } from './write-context.ts'
import { writeMessages } from './write-messages.ts'

const isFilled = (value: Json) => Array.isArray(value) && value.length > 0

/** Fields that say what is asked; leaving one of these out would change it. */
export const messagesMeaning: Meaning = new Map<string, (value: Json) => boolean>([
  ['system', (value) => value !== '' && (!Array.isArray(value) || value.length > 0)],
  ['stop_sequences', isFilled],
  ['tools', isFilled],
  ['tool_choice', (value) => (value as JsonObject).type !== 'auto'],
  ['output_config', (value) => (value as JsonObject).format !== undefined],
])

/** @throws HubError `unsupported_parameter` or `invalid_request` for what Anthropic has no words for. */
export function writeRequest(request: ChatRequest, target: WireTarget): WireRequest {
  const context = new WriteContext(request, target)
  const wire: JsonObject = { ...writePrompt(request, context), ...messagesHead(target) }
  writeAnswerWishes(wire, request, context)
  const { remove, dropped } = refusedFields(wire, target, messagesMeaning)
  for (const field of remove) delete wire[field]
  const headers = writeHeaders(request, target, context.losses)
  return {
    path: messagesPath(target, request.stream !== undefined),
    headers,
    body: JSON.stringify(wire),
    dropped: [...new Set([...context.losses.dropped, ...dropped])],
  }
}

/** What both operations ask about. Contains `max_tokens`, which follows from how much to think. */
export function writePrompt(request: ChatRequest, context: WriteContext): JsonObject {
  const { losses, target } = context
  refuseAudio(request, target)
  if (request.previousResponseId !== undefined) losses.meaning('previous_response_id')
  const wire: JsonObject = { ...losses.extensions(request, 'anthropic-messages') }
  const tools = writeTools(request, context)
  let choice = writeToolChoice(request, tools, context)
  const { system, messages, lacksThought } = writeMessages(request.messages, context)
  const answer = writeFormat(request, context, tools.length > 0, choice)
  if (answer.tool) tools.push(answer.tool)
  choice = answer.choice ?? choice
  if (answer.instruction) system.push({ type: 'text', text: answer.instruction })
  if (isForced(choice) && needsBudget(request, target)) {
    losses.meaning(answer.choice ? 'response_format' : 'tool_choice')
    choice = { ...choice, type: 'auto' }
    delete choice.name
  }
  const obstacles = { isForced: isForced(choice), lacksThought }
  const { maxTokens, thinking, effort } = writeThinking(request, context, obstacles)
  wire.max_tokens = maxTokens
  if (system.length > 0) wire.system = systemOf(system)
  wire.messages = messages
  if (tools.length > 0) wire.tools = tools
  if (choice) wire.tool_choice = choice
  if (thinking) wire.thinking = thinking
  else if (!takesThinking(wire.thinking, target)) {
    delete wire.thinking
    losses.hint('thinking')
  }
  const config: JsonObject = isJsonObject(wire.output_config) ? { ...wire.output_config } : {}
  if (effort !== undefined) config.effort = effort
  if (answer.format) config.format = answer.format
  if (Object.keys(config).length > 0) wire.output_config = config
  writeCacheAuto(wire, request, context)
  return wire
}

function refuseAudio({ audio, modalities }: ChatRequest, { provider, model }: WireTarget): void {
  if (audio === undefined && !modalities?.includes('audio')) return
  throw new HubError(
    'unsupported_parameter',
    `${provider}/${model} gives no answer in audio. Leave out audio, or use another model.`,
    { param: 'audio' },
  )
}

/** A budget that the caller named itself, for a model that forgets nothing of it. */
function needsBudget({ reasoning }: ChatRequest, { quirks }: WireTarget): boolean {
  return reasoning?.budgetTokens !== undefined && (quirks.thinking?.includes('enabled') ?? true)
}

/** Whether the model takes the kind of thinking that only a caller of this dialect can name. */
function takesThinking(kept: Json | undefined, { quirks }: WireTarget): boolean {
  if (!isJsonObject(kept) || quirks.thinking === undefined) return true
  return (quirks.thinking as readonly Json[]).includes(kept.type ?? null)
}

/** One plain text goes as a string. */
function systemOf(blocks: JsonObject[]): Json {
  const [only] = blocks
  return blocks.length === 1 && only && Object.keys(only).length === 2
    ? (only.text as string)
    : blocks
}

interface WrittenFormat {
  format?: JsonObject
  instruction?: string
  tool?: JsonObject
  choice?: JsonObject
}

/** How an answer in JSON is asked for: by schema, by a tool whose input is the answer, or in words. */
function writeFormat(
  { responseFormat: format }: ChatRequest,
  { target, losses }: WriteContext,
  hasTools: boolean,
  choice: JsonObject | undefined,
): WrittenFormat {
  if (format === undefined || format.type === 'text') return {}
  if (format.type === 'json' || format.schema === undefined) return { instruction: inJson }
  const { schema, description } = format
  if (isRecursive(schema)) {
    losses.meaning('response_format')
    return { instruction: inJsonOf(schema) }
  }
  const taken = takenSchema(
    description === undefined || schema.description !== undefined
      ? schema
      : { ...schema, description },
  )
  if (!target.quirks.noJsonSchema) return { format: { type: 'json_schema', schema: taken } }
  // A call that is asked for comes first; the answer after it has the schema again.
  if (isForced(choice)) return {}
  if (target.quirks.noForcedTools) {
    losses.meaning('response_format')
    return { instruction: inJsonOf(schema) }
  }
  const isFree = hasTools && choice?.type !== 'none'
  return {
    tool: {
      name: jsonAnswerTool,
      description: 'Gives the answer. Call it once, with the whole answer as its input.',
      input_schema: taken.type === 'object' ? taken : { ...taken, type: 'object' },
    },
    choice: isFree ? { ...choice, type: 'any' } : { type: 'tool', name: jsonAnswerTool },
  }
}

function writeCacheAuto(wire: JsonObject, { cacheAuto }: ChatRequest, context: WriteContext): void {
  const mark: JsonObject = {}
  if (cacheAuto) {
    const kept = wire.cache_control
    context.mark(mark, isJsonObject(kept) ? (kept as { ttl?: '5m' | '1h' }) : {})
  }
  context.trimMarks()
  delete wire.cache_control
  if (mark.cache_control !== undefined) wire.cache_control = mark.cache_control
}

/** How the answer is to be made, and hints. */
function writeAnswerWishes(wire: JsonObject, request: ChatRequest, context: WriteContext): void {
  const { losses, target } = context
  const { thinking } = wire
  const thinks =
    isJsonObject(thinking) && (thinking.type === 'enabled' || thinking.type === 'adaptive')
  Object.assign(wire, writeSampling(request, target, losses, thinks))
  const stop = request.stop?.filter((text) => text.trim() !== '')
  if (stop && stop.length < (request.stop?.length ?? 0)) losses.meaning('stop')
  if (stop && stop.length > 0) wire.stop_sequences = stop
  if (request.stream) wire.stream = true
  if (request.user !== undefined) {
    const kept = wire.metadata
    wire.metadata = { ...(isJsonObject(kept) && kept), user_id: request.user }
  }
  const { serviceTier } = request
  if (serviceTier === 'auto') wire.service_tier = 'auto'
  else if (serviceTier === 'default') wire.service_tier = 'standard_only'
  else if (serviceTier !== undefined) losses.hint('service_tier')
  losses.openAiOnly(request)
  if (request.metadata) losses.hint('metadata')
}

/** The version of the API, and what the caller wants of its beta. */
export function writeHeaders(
  request: ChatRequest,
  { quirks }: WireTarget,
  losses: Losses,
): Record<string, string> {
  const headers: Record<string, string> = {}
  if (!quirks.modelInPath) headers['anthropic-version'] = versionOf(request)
  for (const name of Object.keys(request.headers ?? {})) {
    if (name === 'anthropic-version') continue
    const value = request.headers?.[name] as string
    if (name === 'anthropic-beta' && !quirks.unsupported?.includes(name)) headers[name] = value
    else losses.hint(name)
  }
  return headers
}
