// Messages that go to a provider.

import {
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type Message,
  type Part,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
} from '@aigne-hub/protocol'
import { writeServerTool } from './blocks.ts'
import { writeCitations, writeOwnCitation } from './citations.ts'
import { writeMedia } from './media.ts'
import { writeOwnThought } from './thoughts.ts'
import { inputObject } from './tool-call.ts'
import type { WriteContext } from './write-context.ts'

const id = 'anthropic-messages'

type Role = 'user' | 'assistant' | 'system'

/** A turn as it takes shape: in a user's, the results of tools have to come first. */
interface Turn {
  role: Role
  results: JsonObject[]
  blocks: JsonObject[]
}

export interface WrittenMessages {
  /** Blocks of the system prompt. */
  system: JsonObject[]
  messages: JsonObject[]
  /** The last turn continues a call of tools, and nothing of its thoughts is left. */
  lacksThought: boolean
}

/** Opens a conversation that begins with the assistant: the first turn has to be the user's. */
const opening = '(The conversation begins.)'

/**
 * @throws HubError `unsupported_parameter` for a part that Anthropic has no words for,
 *   `invalid_request` when nobody but the system speaks or the input of a call is no JSON object.
 */
export function writeMessages(list: readonly Message[], context: WriteContext): WrittenMessages {
  const system: JsonObject[] = []
  const turns: Turn[] = []
  let isLeading = true
  for (let index = 0; index < list.length; index++) {
    const message = list[index] as Message
    isLeading &&= message.role === 'system' || message.role === 'developer'
    if (message.name !== undefined) context.losses.hint('messages.name')
    if (isLeading) writeParts(message, `messages[${index}]`, context, system, system)
    else addTurn(message, `messages[${index}]`, context, turns)
  }
  const spoken = turns.filter(({ results, blocks }) => results.length + blocks.length > 0)
  if (spoken.length === 0) {
    throw new HubError(
      'invalid_request',
      'messages must hold something that the user says: Anthropic does not answer a system prompt alone.',
      { param: 'messages' },
    )
  }
  if (spoken[0]?.role === 'assistant' && !context.isOwnCaller) {
    spoken.unshift({ role: 'user', results: [], blocks: [{ type: 'text', text: opening }] })
  }
  return {
    system,
    messages: spoken.map(({ role, results, blocks }) => ({
      role,
      content: contentOf(results.length === 0 ? blocks : [...results, ...blocks]),
    })),
    lacksThought: lacksThought(spoken),
  }
}

function addTurn(message: Message, at: string, context: WriteContext, turns: Turn[]): void {
  const role = roleOf(message, context)
  let turn = turns.at(-1)
  if (turn?.role !== role) {
    turn = { role, results: [], blocks: [] }
    turns.push(turn)
  }
  writeParts(message, at, context, turn.results, turn.blocks)
}

/**
 * Only newer models take a `system` role between turns, and only a caller of this dialect can know; for
 * others the user says it.
 */
function roleOf({ role }: Message, { isOwnCaller }: WriteContext): Role {
  if (role === 'assistant') return role
  return role === 'system' && isOwnCaller ? role : 'user'
}

function lacksThought(turns: readonly Turn[]): boolean {
  const [before, last] = turns.slice(-2)
  if (before?.role !== 'assistant' || (last?.results.length ?? 0) === 0) return false
  const first = before.blocks[0]?.type
  return first !== 'thinking' && first !== 'redacted_thinking'
}

function writeParts(
  message: Message,
  at: string,
  context: WriteContext,
  results: JsonObject[],
  blocks: JsonObject[],
): void {
  let last: JsonObject | undefined
  for (const part of message.parts) {
    const wire = writePart(part, message.role, at, context)
    if (wire === undefined) continue
    if (part.type === 'toolResult') results.push(wire)
    else blocks.push(wire)
    if (part.type === 'reasoning') continue
    context.mark(wire, part.cache)
    last = wire
  }
  if (message.cache && last && last.cache_control === undefined) context.mark(last, message.cache)
}

/** A lone text goes as a string. */
function contentOf(blocks: JsonObject[]): Json {
  const [only] = blocks
  const isPlain = blocks.length === 1 && only?.type === 'text' && Object.keys(only).length === 2
  return isPlain ? (only.text as string) : blocks
}

function writePart(
  part: Part,
  role: Message['role'],
  at: string,
  context: WriteContext,
): JsonObject | undefined {
  // Only thoughts have signatures here.
  if (part.signature && part.type !== 'reasoning') context.losses.hint('signature')
  switch (part.type) {
    case 'text':
      return writeText(part)
    case 'refusal':
      return part.text === '' ? undefined : { type: 'text', text: part.text }
    case 'reasoning':
      return writeOwnThought(part, context)
    case 'media':
      if (role !== 'assistant' || context.isOwnCaller) return writeMedia(part, at, context)
      context.losses.meaning(at)
      return undefined
    case 'toolCall':
      return writeToolCall(part, at, context)
    case 'toolResult':
      return writeToolResult(part, at, context)
    case 'serverTool':
      if (part.dialect === id) return withNative(part, writeServerTool(part))
      context.losses.meaning(at)
      return undefined
    case 'native':
      if (part.dialect === id && isJsonObject(part.value)) return { ...part.value }
      context.losses.meaning(at)
      return undefined
  }
}

function withNative(part: Part, wire: JsonObject): JsonObject {
  const others = part.native?.[id]
  return isJsonObject(others) ? { ...others, ...wire } : wire
}

/** An empty text would be refused. */
function writeText(part: TextPart): JsonObject | undefined {
  if (part.text === '') return undefined
  const citations = writeCitations(part.annotations, writeOwnCitation)
  const wire: JsonObject = { type: 'text', text: part.text }
  if (citations.length > 0) wire.citations = citations
  return withNative(part, wire)
}

function writeToolCall(call: ToolCallPart, at: string, context: WriteContext): JsonObject {
  const input = inputObject(call)
  if (input === undefined) {
    throw new HubError(
      'invalid_request',
      `${at} calls a tool with an input that is no JSON object, which Anthropic does not take. Send the arguments as one JSON object.`,
      { param: at },
    )
  }
  return withNative(call, { type: 'tool_use', id: context.idOf(call.id), name: call.name, input })
}

function writeToolResult(part: ToolResultPart, at: string, context: WriteContext): JsonObject {
  const wire: JsonObject = { type: 'tool_result', tool_use_id: context.idOf(part.callId) }
  const blocks: JsonObject[] = []
  for (const piece of part.content) {
    const block = writePart(piece, 'tool', at, context)
    if (block === undefined) continue
    if (piece.type !== 'reasoning') context.mark(block, piece.cache)
    blocks.push(block)
  }
  if (blocks.length > 0) wire.content = contentOf(blocks)
  if (part.isError !== undefined) wire.is_error = part.isError
  return withNative(part, wire)
}
