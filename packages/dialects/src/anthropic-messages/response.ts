// A whole answer, both ways.

import {
  type ChatEvent,
  type ChatResponse,
  foldChat,
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
  type ReplyContext,
  type TextPart,
  type ToolCallPart,
  type WireTarget,
} from '@aigne-hub/protocol'
import { otherFields } from '../read-field.ts'
import { malformed } from '../upstream-fault.ts'
import { readServerTool, withOthers, writeServerTool } from './blocks.ts'
import { readCitations, writeCitation, writeCitations } from './citations.ts'
import { readAnswer } from './errors.ts'
import { nativePart } from './media.ts'
import { readFinish, writeFinish } from './stop-reason.ts'
import { writeCallSignature, writeThought } from './thoughts.ts'
import { jsonAnswerTool, shownInput } from './tool-call.ts'
import { readUsage, writeUsage } from './usage.ts'

const id = 'anthropic-messages'

/** @throws HubError when the answer is malformed, or an error under a status of 200. */
export function readResponse(body: Uint8Array, target: WireTarget): ChatEvent[] {
  return readWhole(readAnswer(body, target), target)
}

/** @throws HubError when it has no content. */
export function readWhole(message: JsonObject, target: WireTarget): ChatEvent[] {
  const { content, usage } = message
  if (!Array.isArray(content)) throw malformed(target, 'without content')
  const events: ChatEvent[] = [{ type: 'start', ...readStart(message, target) }]
  let hasCalls = false
  for (const block of content) {
    if (!isJsonObject(block)) continue
    const part = readWholeBlock(block, target.provider)
    const index = (events.length - 1) / 2
    hasCalls ||= part.type === 'toolCall'
    events.push(
      { type: 'partStart', choice: 0, index, part },
      { type: 'partEnd', choice: 0, index },
    )
  }
  events.push({ type: 'finish', choice: 0, ...readFinish(message, hasCalls) })
  // No report is not a report of nothing.
  if (isJsonObject(usage)) events.push({ type: 'usage', usage: readUsage(usage) })
  return events
}

const messageFields = [
  'id',
  'type',
  'role',
  'model',
  'content',
  'stop_reason',
  'stop_sequence',
  'stop_details',
  'usage',
] as const

/** What a message says of the whole. Anthropic names no date. */
export function readStart(
  message: JsonObject,
  target: WireTarget,
): Pick<ChatResponse, 'id' | 'model' | 'created' | 'native'> {
  const { id: answerId, model } = message
  const others = otherFields(message, messageFields)
  return {
    id: typeof answerId === 'string' ? answerId : '',
    model: typeof model === 'string' && model !== '' ? model : target.model,
    created: 0,
    ...(others && { native: { [id]: others } }),
  }
}

function readWholeBlock(block: JsonObject, vendor: string): Part {
  const { input } = block
  const part = readBlock(block, vendor)
  if (part.type === 'toolCall') part.input = JSON.stringify(isJsonObject(input) ? input : {})
  if (part.type === 'text' && isJsonAnswer(block)) part.text = JSON.stringify(input ?? {})
  return part
}

/** Whether the block is an answer in JSON, asked for as the input of a tool. */
export function isJsonAnswer({ type, name }: JsonObject): boolean {
  return type === 'tool_use' && name === jsonAnswerTool
}

const stringOf = (value: Json | undefined) => (typeof value === 'string' ? value : '')

/** A block of an answer as it begins. The input of a call is left out. */
export function readBlock(block: JsonObject, vendor: string): Part {
  const type = stringOf(block.type)
  switch (type) {
    case 'text': {
      const part: TextPart = { type, text: stringOf(block.text) }
      const annotations = readCitations(block.citations ?? undefined)
      if (annotations) part.annotations = annotations
      return withOthers(part, block, ['text', 'citations'])
    }
    case 'thinking': {
      const part: Part = { type: 'reasoning' }
      const text = stringOf(block.thinking)
      const value = stringOf(block.signature)
      if (text !== '') part.text = text
      if (value !== '') part.signature = { value, vendor }
      return withOthers(part, block, ['thinking', 'signature'])
    }
    case 'redacted_thinking': {
      const signature = { value: '', vendor }
      const part: Part = { type: 'reasoning', redacted: stringOf(block.data), signature }
      return withOthers(part, block, ['data'])
    }
    case 'tool_use': {
      if (isJsonAnswer(block)) return { type: 'text', text: '' }
      const part: ToolCallPart = {
        type: 'toolCall',
        id: stringOf(block.id),
        name: stringOf(block.name),
        kind: 'function',
        input: '',
      }
      return withOthers(part, block, ['id', 'name', 'input'])
    }
    default:
      return readServerTool(type, block) ?? nativePart(block)
  }
}

/** The body of a whole answer. Every signature is wrapped: the caller need not know whose it is. */
export function writeResponse(context: ReplyContext<'chat'>, reply: ChatEvent[]): string {
  const response = foldChat(reply)
  const parts = response.choices[0]?.parts ?? []
  const isRefused = parts.some(({ type }) => type === 'refusal')
  return JSON.stringify({
    ...writeMessage(response, context, writeParts(parts)),
    ...writeFinish(response.choices[0]?.finish, isRefused),
    usage: writeUsage(response.usage),
  })
}

/** A message up to how it ended. */
export function writeMessage(
  start: Pick<ChatResponse, 'id' | 'model' | 'native'>,
  { request, requestId }: ReplyContext<'chat'>,
  content: JsonObject[],
): JsonObject {
  const others = start.native?.[id]
  return {
    ...(isJsonObject(others) && others),
    id: start.id || `msg_${requestId}`,
    type: 'message',
    role: 'assistant',
    model: start.model || request.model,
    content,
  }
}

function writeParts(parts: readonly (Part | undefined)[]): JsonObject[] {
  const blocks: JsonObject[] = []
  for (const part of parts) {
    if (part === undefined) continue
    if (part.type === 'toolCall') {
      if (part.signature) blocks.push(writeCallSignature(part.signature))
      blocks.push({ ...writeBareBlock(part), input: shownInput(part) })
      continue
    }
    const block = writeBlock(part)
    if (block) blocks.push(block)
  }
  return blocks
}

/** A part for a caller; undefined for one that says nothing here. */
export function writeBlock(part: Part): JsonObject | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal': {
      const annotations = part.type === 'text' ? part.annotations : undefined
      const citations = writeCitations(annotations, writeCitation)
      if (part.text === '' && citations.length === 0) return undefined
      const wire: JsonObject = { ...writeBareBlock(part), text: part.text }
      if (citations.length > 0) wire.citations = citations
      return wire
    }
    case 'reasoning':
      return writeThought(part)
    case 'serverTool':
      return part.dialect === id ? { ...othersOf(part), ...writeServerTool(part) } : undefined
    case 'native':
      return part.dialect === id && isJsonObject(part.value) ? part.value : undefined
    default:
      return undefined
  }
}

/** A block of text or a call as it begins. */
export function writeBareBlock(part: Part): JsonObject {
  if (part.type !== 'toolCall') return { ...othersOf(part), type: 'text', text: '' }
  return { ...othersOf(part), type: 'tool_use', id: part.id, name: part.name, input: {} }
}

function othersOf({ native }: Part): JsonObject {
  const others = native?.[id]
  return isJsonObject(others) ? others : {}
}
