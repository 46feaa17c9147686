// Messages of a request, both ways.

import type {
  Json,
  JsonObject,
  Message,
  Part,
  ReasoningPart,
  ToolResultPart,
} from '@aigne-hub/protocol'
import {
  objectAt,
  oneOf,
  optionalArray,
  optionalObject,
  optionalString,
  put,
  refuse,
  refuseKind,
  requiredString,
  requiredText,
} from '../read-field.ts'
import { ownSignature, unwrapSignature } from '../signature.ts'
import { readCacheControl, writeCacheControl } from './cache-control.ts'
import { partTypes, readContent, writeContent } from './content-parts.ts'
import { isPlain, readReasoning, shownText, writeDetails } from './reasoning.ts'
import { resultsBehindCalls } from './result-order.ts'
import { readToolCalls, writeToolCall } from './tool-calls.ts'
import type { WriteContext } from './write-context.ts'

const roles = ['developer', 'system', 'user', 'assistant', 'tool', 'function'] as const

/** The id of the call that a legacy `function` message answers: those carry names, not ids. */
interface LegacyCalls {
  lastId?: string
}

export function readMessages(fields: JsonObject): Message[] {
  const list = optionalArray(fields, 'messages', '')
  if (list === undefined || list.length === 0) {
    return refuseKind('messages', 'an array of at least one message', list)
  }
  const calls: LegacyCalls = {}
  return list.map((value, index) =>
    readMessage(objectAt(value, 'messages', index), `messages[${index}].`, index, calls),
  )
}

function readMessage(fields: JsonObject, at: string, index: number, calls: LegacyCalls): Message {
  const role = roles.find((name) => name === fields.role)
  switch (role) {
    case 'system':
    case 'developer':
      return readSpeech(fields, at, role, readFilled(fields, at, partTypes.text))
    case 'user':
      return readSpeech(fields, at, role, readFilled(fields, at, partTypes.user))
    case 'assistant':
      return readSpeech(fields, at, role, readAssistant(fields, at, `call_legacy_${index}`, calls))
    case 'tool':
      return readToolMessage(fields, at)
    case 'function':
      return readFunctionMessage(fields, at, index, calls)
    case undefined:
      return refuseKind(`${at}role`, `a string: ${oneOf(roles)}`, fields.role)
  }
}

function readSpeech(
  fields: JsonObject,
  at: string,
  role: 'system' | 'developer' | 'user' | 'assistant',
  parts: Part[],
): Message {
  const message: Message = { role, parts }
  put(message, 'name', optionalString(fields, 'name', at))
  put(message, 'cache', readCacheControl(fields, at))
  return message
}

function readFilled(
  { content }: JsonObject,
  at: string,
  types: Parameters<typeof readContent>[2],
): Part[] {
  if (Array.isArray(content) && content.length === 0) {
    return refuse(`${at}content`, 'a string or an array of at least one part')
  }
  return readContent(content, `${at}content`, types)
}

function readAssistant(
  fields: JsonObject,
  at: string,
  legacyId: string,
  calls: LegacyCalls,
): Part[] {
  const { content, refusal } = fields
  const said =
    content === undefined || content === null
      ? []
      : readContent(content, `${at}content`, partTypes.assistant)
  const parts = [...readReasoning(fields, unwrapSignature), ...said]
  if (refusal && optionalString(fields, 'refusal', at)) {
    parts.push({ type: 'refusal', text: refusal as string })
  }
  const audio = optionalObject(fields, 'audio', at)
  if (audio) {
    parts.push({ type: 'media', kind: 'audio', id: requiredString(audio, 'id', `${at}audio.`) })
  }
  for (const call of readToolCalls(fields, at)) parts.push(call)
  const call = optionalObject(fields, 'function_call', at)
  if (call) {
    calls.lastId = legacyId
    parts.push({
      type: 'toolCall',
      id: legacyId,
      name: requiredString(call, 'name', `${at}function_call.`),
      kind: 'function',
      input: requiredText(call, 'arguments', `${at}function_call.`),
    })
  }
  if (content === undefined && parts.length === 0) {
    return refuseKind(`${at}content`, 'a string or an array of parts', content)
  }
  return parts
}

function readToolMessage(fields: JsonObject, at: string): Message {
  const result: ToolResultPart = {
    type: 'toolResult',
    callId: requiredString(fields, 'tool_call_id', at),
    content: readContent(fields.content ?? '', `${at}content`, partTypes.text),
  }
  put(result, 'name', optionalString(fields, 'name', at))
  put(result, 'cache', readCacheControl(fields, at))
  return { role: 'tool', parts: [result] }
}

function readFunctionMessage(
  fields: JsonObject,
  at: string,
  index: number,
  calls: LegacyCalls,
): Message {
  const result: ToolResultPart = {
    type: 'toolResult',
    callId: calls.lastId ?? `call_legacy_${index}`,
    name: requiredString(fields, 'name', at),
    content: readContent(fields.content ?? '', `${at}content`, partTypes.text),
  }
  return { role: 'tool', parts: [result] }
}

/**
 * Tool results hold only text here. What else they hold follows in a user message, once all results of
 * the turn have been given: between them nothing may stand.
 * @throws HubError `unsupported_parameter` for a part that OpenAI chat has no words for.
 */
export function writeMessages(list: readonly Message[], context: WriteContext): Json[] {
  const messages = resultsBehindCalls(list)
  const written: Json[] = []
  let shown: Part[] = []
  messages.forEach((message, index) => {
    const at = `messages[${index}]`
    const results = message.parts.filter((part) => part.type === 'toolResult')
    for (const result of results) {
      written.push(writeToolResult(result, at, context))
      for (const part of result.content) if (part.type !== 'text') shown.push(part)
    }
    const said = results.length === 0 ? message.parts : message.parts.filter(isSaid)
    const isOver = said.length > 0 || messages[index + 1]?.role !== 'tool'
    if (shown.length > 0 && isOver) {
      written.push({ role: 'user', content: writeContent(shown, at, context) })
      shown = []
    }
    if (said.length > 0 || (results.length === 0 && message.role !== 'tool')) {
      written.push(writeMessage(message, said, at, context))
    }
  })
  return written
}

const isSaid = ({ type }: Part) => type !== 'toolResult'

/** What a message says besides tool results. */
function writeMessage(
  message: Message,
  parts: readonly Part[],
  at: string,
  context: WriteContext,
): JsonObject {
  const role = message.role === 'tool' ? 'user' : message.role
  const wire: JsonObject =
    role === 'assistant'
      ? writeAssistant(parts, at, context)
      : { role, content: writeContent(parts, at, context) }
  writeName(wire, message.name, context)
  writeCacheControl(wire, message.cache, context)
  return wire
}

function writeName(wire: JsonObject, name: string | undefined, context: WriteContext): void {
  if (name === undefined) return
  if (context.takesNames) wire.name = name
  else context.losses.hint('messages.name')
}

/** Stands for a result that is not text. */
const shownBelow = 'The result is in the next message.'

function writeToolResult(part: ToolResultPart, at: string, context: WriteContext): JsonObject {
  const { callId, name, content, isError, cache } = part
  const text = content.filter(({ type }) => type === 'text')
  const wire: JsonObject = {
    role: 'tool',
    tool_call_id: callId,
    content: text.length === 0 && content.length > 0 ? shownBelow : writeContent(text, at, context),
  }
  writeName(wire, name, context)
  if (isError) context.losses.hint('is_error')
  writeCacheControl(wire, cache, context)
  return wire
}

function writeAssistant(parts: readonly Part[], at: string, context: WriteContext): JsonObject {
  const wire: JsonObject = { role: 'assistant' }
  const content: Part[] = []
  const thoughts: Part[] = []
  const calls: Json[] = []
  for (const part of parts) {
    if (part.type === 'toolCall') calls.push(writeToolCall(part, context))
    else if (part.type === 'reasoning' || isNativeDetail(part)) thoughts.push(part)
    else if (part.type === 'media' && part.kind === 'audio' && part.id !== undefined) {
      wire.audio = { id: part.id }
    } else content.push(part)
  }
  wire.content =
    content.length === 0 && calls.length > 0 ? null : writeContent(content, at, context)
  if (thoughts.length > 0) writeThoughts(wire, thoughts, context)
  if (calls.length > 0) wire.tool_calls = calls
  return wire
}

/** A piece of `reasoning_details` of a kind we do not know. */
function isNativeDetail(part: Part): boolean {
  return part.type === 'native' && part.dialect === 'openai-chat'
}

function writeThoughts(wire: JsonObject, thoughts: readonly Part[], context: WriteContext): void {
  const details: Json[] = []
  let text = ''
  let plain = thoughts.length === 1
  for (const part of thoughts) {
    if (part.type === 'native') {
      plain = false
      details.push(part.value)
    } else if (part.type === 'reasoning') {
      const signature = ownSignature(part.signature, context.target, context.losses)
      const thought = withoutForeign(part, signature)
      plain &&= isPlain(thought, signature)
      text += shownText(thought)
      if (saysSomething(thought, signature))
        details.push(...writeDetails(thought, details.length, signature))
    }
  }
  if (text !== '') {
    if (context.takesReasoning) wire.reasoning_content = text
    else context.losses.hint('reasoning_content')
  }
  if (plain || details.length === 0) return
  if (context.takesDetails) wire.reasoning_details = details
  else context.losses.hint('reasoning_details')
}

/** What one vendor has encrypted is no other's to see; the signature says whose it is. */
function withoutForeign(part: ReasoningPart, signature: string | undefined): ReasoningPart {
  if (part.redacted === undefined || !part.signature || signature !== undefined) return part
  const { redacted: _, ...rest } = part
  return rest
}

/** False for a part that was only a signature, once that is gone. */
function saysSomething(part: ReasoningPart, signature: string | undefined): boolean {
  const { text, summary, redacted, native } = part
  return (text ?? summary ?? redacted ?? native?.['openai-chat'] ?? signature) !== undefined
}
