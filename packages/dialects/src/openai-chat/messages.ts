// Messages of a request, both ways.

import {
  HubError,
  type Json,
  type JsonObject,
  type Message,
  type Part,
  type ReasoningPart,
  type ToolResultPart,
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
import { unwrapSignature } from '../signature.ts'
import { readCacheControl, writeCacheControl } from './cache-control.ts'
import { partTypes, readContent, writeContent } from './content-parts.ts'
import { isPlain, readReasoning, shownText, writeDetails } from './reasoning.ts'
import { readToolCalls, writeToolCall } from './tool-calls.ts'
import { ownSignature, type WriteContext } from './write-context.ts'

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
  const parts = readReasoning(fields, unwrapSignature)
  if (content !== undefined && content !== null) {
    parts.push(...readContent(content, `${at}content`, partTypes.assistant))
  }
  if (refusal && optionalString(fields, 'refusal', at)) {
    parts.push({ type: 'refusal', text: refusal as string })
  }
  const audio = optionalObject(fields, 'audio', at)
  if (audio) {
    parts.push({ type: 'media', kind: 'audio', id: requiredString(audio, 'id', `${at}audio.`) })
  }
  parts.push(...readToolCalls(fields, at))
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

/** @throws HubError `unsupported_parameter` for a part that OpenAI chat has no words for. */
export function writeMessages(messages: readonly Message[], context: WriteContext): Json[] {
  return messages.flatMap((message, index) => writeMessage(message, `messages[${index}]`, context))
}

/** One message, or several: each tool result is a message of its own here, and comes first. */
function writeMessage(message: Message, at: string, context: WriteContext): JsonObject[] {
  const results = message.parts.filter((part) => part.type === 'toolResult')
  const written = results.map((part) => writeToolResult(part, at, context))
  const others =
    results.length === 0
      ? message.parts
      : message.parts.filter((part) => part.type !== 'toolResult')
  if (others.length === 0 && (results.length > 0 || message.role === 'tool')) return written
  const role = message.role === 'tool' ? 'user' : message.role
  const wire: JsonObject =
    role === 'assistant'
      ? writeAssistant(others, at, context)
      : { role, content: writeContent(others, at, context) }
  if (message.name !== undefined) {
    if (context.takesNames) wire.name = message.name
    else context.dropped.add('messages.name')
  }
  writeCacheControl(wire, message.cache, context)
  written.push(wire)
  return written
}

function writeToolResult(part: ToolResultPart, at: string, context: WriteContext): JsonObject {
  const { callId, name, content, isError, cache } = part
  if (content.some(({ type }) => type !== 'text')) {
    throw new HubError(
      'unsupported_parameter',
      `${at} is a tool result with more than text, which OpenAI chat does not take. Send text only, or put the rest in a user message.`,
      { param: at },
    )
  }
  const wire: JsonObject = {
    role: 'tool',
    tool_call_id: callId,
    content: writeContent(content, at, context),
  }
  if (name !== undefined) {
    if (context.takesNames) wire.name = name
    else context.dropped.add('messages.name')
  }
  if (isError) context.dropped.add('is_error')
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
      const signature = ownSignature(part.signature, context)
      plain &&= isPlain(part, signature)
      text += shownText(part)
      if (saysSomething(part, signature))
        details.push(...writeDetails(part, details.length, signature))
    }
  }
  if (text !== '') {
    if (context.takesReasoning) wire.reasoning_content = text
    else context.dropped.add('reasoning_content')
  }
  if (plain || details.length === 0) return
  if (context.takesDetails) wire.reasoning_details = details
  else context.dropped.add('reasoning_details')
}

/** False for a part that was only a signature, once that is gone. */
function saysSomething(part: ReasoningPart, signature: string | undefined): boolean {
  const { text, summary, redacted, native } = part
  return (text ?? summary ?? redacted ?? native?.['openai-chat'] ?? signature) !== undefined
}
