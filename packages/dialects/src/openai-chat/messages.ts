// Messages of a request coming in.

import type { JsonObject, Message, Part, ToolResultPart } from '@aigne-hub/protocol'
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
import { readCacheControl } from './cache-control.ts'
import { partTypes, readContent } from './content-parts.ts'
import { readReasoning } from './reasoning.ts'
import { readToolCalls } from './tool-calls.ts'

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
