// The items of a provider's answer, read tolerantly: what has another type than it should is left out.

import { isJsonObject, type Json, type JsonObject, type Part } from '@aigne-hub/protocol'
import { readLogprobs } from '../openai-chat/logprobs.ts'
import { otherFields } from '../read-field.ts'
import { readAnnotations } from './annotations.ts'
import { isServerTool, readImageItem, readServerTool } from './hosted-items.ts'
import type { SpokenPart } from './items.ts'
import { beginItem, extraFields, setOwn } from './own-fields.ts'

export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** The parts of an item; none for a message that says nothing. `vendor` has signed it. */
export function readItem(item: JsonObject, vendor: string): Part[] {
  if (item.type === 'message') {
    const parts: Part[] = []
    for (const content of Array.isArray(item.content) ? item.content : []) {
      const part = readSpoken(content, parts.length === 0 ? item : undefined)
      if (part) parts.push(part)
    }
    return parts
  }
  return [readOther(item, vendor)]
}

/**
 * A piece of a message's content, or undefined when it is of a kind we do not know.
 * @param item the message, when this is its first piece.
 */
export function readSpoken(
  content: Json | undefined,
  item: JsonObject | undefined,
): SpokenPart | undefined {
  if (!isJsonObject(content)) return undefined
  const part = readContent(content)
  if (part && item) {
    const fields = extraFields(item, ['type', 'role', 'content'])
    if (fields?.status === 'in_progress') delete fields.status
    if (fields) beginItem(part, fields)
  }
  return part
}

function readContent(content: JsonObject): SpokenPart | undefined {
  const { type, text, refusal } = content
  const logprobs = readLogprobs(content.logprobs)
  let part: SpokenPart
  if (type === 'output_text') {
    const annotations = readAnnotations(content.annotations)
    part = { type: 'text', text: textOf(text), ...(annotations.length > 0 && { annotations }) }
  } else if (type === 'refusal') part = { type, text: textOf(refusal) }
  else return undefined
  if (logprobs) part.logprobs = logprobs
  setOwn(part, otherFields(content, ['type', 'text', 'refusal', 'annotations', 'logprobs']))
  return part
}

/** Any item but a message. */
export function readOther(item: JsonObject, vendor: string): Part {
  const { type } = item
  switch (type) {
    case 'function_call':
      return readCall(item, 'function', 'arguments')
    case 'custom_tool_call':
      return readCall(item, 'custom', 'input')
    case 'reasoning':
      return readReasoning(item, vendor)
    default:
      if (!isServerTool(type)) return { type: 'native', dialect: 'openai-responses', value: item }
      return readImageItem(item) ?? readServerTool(item, type)
  }
}

function readCall(item: JsonObject, kind: 'function' | 'custom', field: string): Part {
  const { call_id: callId, id, name } = item
  const input = item[field]
  const part: Part = {
    type: 'toolCall',
    id: textOf(callId) || textOf(id),
    name: textOf(name),
    kind,
    input: isJsonObject(input) ? JSON.stringify(input) : textOf(input),
  }
  const fields = extraFields(item, ['type', 'call_id', 'name', field])
  if (fields?.status === 'in_progress') delete fields.status
  setOwn(part, fields)
  return part
}

function readReasoning(item: JsonObject, vendor: string): Part {
  const { id, encrypted_content: encrypted } = item
  const summary = readTexts(item.summary)
  const text = readTexts(item.content)
  const part: Part = {
    type: 'reasoning',
    ...(text && { text: text.join('') }),
    ...(summary && { summary }),
    ...(typeof id === 'string' && id !== '' && { id }),
  }
  if (textOf(encrypted) !== '') part.signature = { value: textOf(encrypted), vendor }
  const fields = extraFields(item, ['type', 'id', 'summary', 'content', 'encrypted_content'])
  if (fields?.status === 'in_progress') delete fields.status
  setOwn(part, fields)
  return part
}

function readTexts(value: Json | undefined): string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  return value.map((piece) => textOf(isJsonObject(piece) ? piece.text : undefined))
}
