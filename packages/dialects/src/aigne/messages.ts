// Messages of a request.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type Message,
  type Part,
  type ToolCallPart,
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
  requiredObject,
  requiredString,
  requiredText,
} from '../read-field.ts'

const roles = ['system', 'user', 'agent', 'assistant', 'tool'] as const
const partTypes = ['text', 'file', 'url'] as const

/** `at` is the path of the object that holds `messages`. */
export function readMessages(input: JsonObject, at: string): Message[] {
  const list = optionalArray(input, 'messages', at)
  if (list === undefined || list.length === 0) {
    return refuseKind(`${at}messages`, 'an array of at least one message', list)
  }
  return list.map((value, index) =>
    readMessage(objectAt(value, `${at}messages`, index), `${at}messages[${index}].`),
  )
}

function readMessage(fields: JsonObject, at: string): Message {
  const role = roles.find((name) => name === fields.role)
  if (role === undefined) {
    return refuseKind(`${at}role`, `a string: ${oneOf(roles.slice(0, 3))} or "tool"`, fields.role)
  }
  const content = readContent(fields.content, `${at}content`)
  const name = optionalString(fields, 'name', at)
  if (role === 'tool') {
    const callId = requiredString(fields, 'toolCallId', at)
    const result: Part = { type: 'toolResult', callId, content }
    put(result, 'name', name)
    return { role, parts: [result] }
  }
  const isAnswer = role === 'agent' || role === 'assistant'
  const message: Message = {
    role: isAnswer ? 'assistant' : role,
    parts: isAnswer ? [...content, ...readToolCalls(fields, at)] : content,
  }
  if (message.parts.length === 0 && !isAnswer) {
    return refuseKind(`${at}content`, 'a string or an array of parts', fields.content)
  }
  put(message, 'name', name)
  return message
}

function readContent(content: Json | undefined, param: string): Part[] {
  if (content === undefined || content === null || content === '') return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return refuseKind(param, 'a string or an array of parts', content)
  return content.map((value, index) =>
    readPart(objectAt(value, param, index), `${param}[${index}].`),
  )
}

function readPart(fields: JsonObject, at: string): Part {
  const type = partTypes.find((name) => name === fields.type)
  if (type === undefined) {
    return refuseKind(`${at}type`, `a string: ${oneOf(partTypes)}`, fields.type)
  }
  const part: Part =
    type === 'text' ? { type, text: requiredText(fields, 'text', at) } : readMedia(type, fields, at)
  const cache = optionalObject(fields, 'cacheControl', at)
  if (cache) {
    const { ttl } = cache
    if (ttl !== undefined && ttl !== null && ttl !== '5m' && ttl !== '1h') {
      return refuse(`${at}cacheControl.ttl`, 'the string "5m" or "1h"')
    }
    part.cache = ttl ? { ttl } : {}
  }
  return part
}

function readMedia(type: 'file' | 'url', fields: JsonObject, at: string): MediaPart {
  const mimeType = optionalString(fields, 'mimeType', at)
  const part: MediaPart =
    type === 'file'
      ? {
          type: 'media',
          kind: kindOf(mimeType ?? 'application/octet-stream'),
          data: requiredString(fields, 'data', at),
          mimeType: mimeType ?? 'application/octet-stream',
        }
      : { type: 'media', kind: kindOf(mimeType ?? 'image/*'), url: readUrl(fields, at) }
  if (type === 'url') put(part, 'mimeType', mimeType)
  put(part, 'name', optionalString(fields, 'filename', at))
  return part
}

function readUrl(fields: JsonObject, at: string): string {
  const url = requiredString(fields, 'url', at)
  return /^https?:\/\//i.test(url) ? url : refuse(`${at}url`, 'an http:// or https:// address')
}

function kindOf(mimeType: string): MediaPart['kind'] {
  const kind = mimeType.slice(0, mimeType.indexOf('/'))
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}

/** Arguments are an object here; older clients send its text. */
function readToolCalls(message: JsonObject, at: string): ToolCallPart[] {
  return (optionalArray(message, 'toolCalls', at) ?? []).map((value, index) => {
    const here = `${at}toolCalls[${index}].`
    const fields = objectAt(value, `${at}toolCalls`, index)
    const named = requiredObject(fields, 'function', here)
    const input = named.arguments ?? {}
    if (typeof input !== 'string' && !isJsonObject(input)) {
      return refuseKind(`${here}function.arguments`, 'an object', input)
    }
    return {
      type: 'toolCall',
      id: requiredString(fields, 'id', here),
      name: requiredString(named, 'name', `${here}function.`),
      kind: 'function',
      input: typeof input === 'string' ? input : JSON.stringify(input),
    }
  })
}
