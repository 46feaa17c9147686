// Messages of a request going out.

import type { Json, JsonObject, Message, Part, ToolResultPart } from '@aigne-hub/protocol'
import { writeCacheControl } from './cache-control.ts'
import { writeContent } from './content-parts.ts'
import { resultsBehindCalls } from './result-order.ts'
import { writeToolCall } from './tool-calls.ts'
import { type WriteContext, wireCallId } from './write-context.ts'
import { writeThoughts } from './write-thoughts.ts'

/**
 * Tool results hold only text here. What else they hold follows in a user message, once all results of
 * the turn have been given: between them nothing may stand.
 * @throws HubError `unsupported_parameter` for a part that OpenAI chat has no words for.
 */
export function writeMessages(list: readonly Message[], context: WriteContext): JsonObject[] {
  const messages = resultsBehindCalls(list)
  const written: JsonObject[] = []
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
  const { prefixField, thinkingContent } = context.target.quirks
  const last = written.at(-1)
  if (prefixField && last?.role === 'assistant') last.prefix = true
  return thinkingContent ? written.filter((wire) => wire === last || !isEmptyTurn(wire)) : written
}

const isEmptyTurn = ({ role, content, tool_calls: calls }: JsonObject) =>
  role === 'assistant' && content === '' && calls === undefined

const isSaid = ({ type }: Part) => type !== 'toolResult'

/** What a message says besides tool results. */
function writeMessage(
  message: Message,
  parts: readonly Part[],
  at: string,
  context: WriteContext,
): JsonObject {
  const role = wireRole(message.role, context)
  const wire: JsonObject =
    role === 'assistant'
      ? writeAssistant(parts, at, context)
      : { role, content: writeContent(parts, at, context) }
  writeName(wire, message.name, context)
  writeCacheControl(wire, message.cache, context)
  return wire
}

function wireRole(role: Message['role'], { target }: WriteContext): Message['role'] {
  if (role === 'tool') return 'user'
  return role === 'developer' && target.quirks.noDeveloperRole ? 'system' : role
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
  const text = content.filter((piece) => piece.type === 'text')
  const wire: JsonObject = { role: 'tool', tool_call_id: wireCallId(callId, context) }
  if (text.length === 0 && content.length > 0) wire.content = shownBelow
  else if (context.target.quirks.textToolResults) {
    wire.content = text.map((piece) => piece.text).join('\n')
    if (text.some((piece) => piece.cache)) context.losses.hint('cache_control')
  } else wire.content = writeContent(text, at, context)
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
  if (context.target.quirks.replaysReasoning && calls.length > 0) {
    wire.reasoning_content ??= ''
    // Seen to be refused when it is null.
    wire.content ??= ''
  }
  return wire
}

/** A piece of `reasoning_details` of a kind we do not know. */
function isNativeDetail(part: Part): boolean {
  return part.type === 'native' && part.dialect === 'openai-chat'
}
