// Content blocks of a caller's message.

import type { Json, JsonObject, Part, Signature, ToolResultPart } from '@aigne-hub/protocol'
import {
  objectAt,
  optionalArray,
  optionalBoolean,
  otherFields,
  put,
  refuse,
  refuseKind,
  requiredObject,
  requiredString,
  requiredText,
} from '../read-field.ts'
import { readCacheControl } from './cache-control.ts'
import { readCitations } from './citations.ts'
import { nativePart, readDocument, readImage } from './media.ts'
import { readCallerRedacted, readCallerThought } from './thoughts.ts'

const id = 'anthropic-messages'

/** Types of block that each kind of content cannot have; others may be new, and are kept as they are. */
const foreign = {
  system: (type: string) => type !== 'text',
  user: (type: string) => /^(?:tool_use|server_tool_use|thinking|redacted_thinking)$/.test(type),
  assistant: (type: string) => type === 'tool_result',
  result: (type: string) => /^(?:tool_use|tool_result|thinking|redacted_thinking)$/.test(type),
} as const

export type ContentKind = keyof typeof foreign

/** A text is one part; an empty one says nothing. */
export function readContent(content: Json | undefined, param: string, kind: ContentKind): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return refuseKind(param, 'a string or an array of blocks', content)
  const parts: Part[] = []
  /** What a thought without words proves, when a call follows it. */
  let proof: Signature | undefined
  for (let index = 0; index < content.length; index++) {
    const block = objectAt(content[index], param, index)
    const at = `${param}[${index}].`
    const type = requiredString(block, 'type', at)
    if (foreign[kind](type)) return refuse(`${at}type`, `a type that ${words[kind]} can have`)
    if (type === 'thinking') {
      proof = readThinking(block, at, parts)
      continue
    }
    const part = readBlock(type, block, at)
    put(part, 'cache', readCacheControl(block, at))
    if (proof && part.type === 'toolCall') {
      parts.pop()
      part.signature = proof
    }
    proof = undefined
    parts.push(part)
  }
  return parts
}

const words: Record<ContentKind, string> = {
  system: 'a system prompt (text)',
  user: "a user's message",
  assistant: "an assistant's message",
  result: 'the result of a tool',
}

/** @returns the signature that belongs to the next block, when that is a call. */
function readThinking(block: JsonObject, at: string, parts: Part[]): Signature | undefined {
  requiredText(block, 'thinking', at)
  if (block.signature !== undefined && block.signature !== null)
    requiredText(block, 'signature', at)
  const thought = readCallerThought(block)
  if ('part' in thought) {
    parts.push(thought.part)
    return thought.nextCall
  }
  const call = parts.find((part) => part.type === 'toolCall' && part.id === thought.call)
  if (call) call.signature = thought.signature
  return undefined
}

function readBlock(type: string, block: JsonObject, at: string): Part {
  switch (type) {
    case 'text': {
      const part: Part = { type, text: requiredText(block, 'text', at) }
      put(part, 'annotations', readCitations(optionalArray(block, 'citations', at)))
      return withOthers(part, block, ['text', 'citations'])
    }
    case 'image':
      return withOthers(readImage(block, at), block, ['source'])
    case 'document':
      return withOthers(readDocument(block, at), block, ['source', 'title'])
    case 'tool_use':
      return withOthers(
        {
          type: 'toolCall',
          id: requiredString(block, 'id', at),
          name: requiredString(block, 'name', at),
          kind: 'function',
          input: JSON.stringify(requiredObject(block, 'input', at)),
        },
        block,
        ['id', 'name', 'input'],
      )
    case 'tool_result':
      return readToolResult(block, at)
    case 'redacted_thinking': {
      const part = readCallerRedacted(requiredString(block, 'data', at))
      return withOthers(part, block, ['data'])
    }
    case 'server_tool_use':
      requiredString(block, 'id', at)
      requiredString(block, 'name', at)
      return readServerTool(type, block) ?? nativePart(block)
    default:
      return readServerTool(type, block) ?? nativePart(block)
  }
}

const resultSuffix = '_tool_result'

/** A call of a tool that the provider runs, or what came of it; undefined for any other block. */
export function readServerTool(type: string, block: JsonObject): Part | undefined {
  const { id: callId, name, input, tool_use_id: answered, content } = block
  if (type === 'server_tool_use' && typeof callId === 'string' && typeof name === 'string') {
    const part: Part = {
      type: 'serverTool',
      dialect: id,
      id: callId,
      name,
      phase: 'call',
      data: input ?? {},
    }
    return withOthers(part, block, ['id', 'name', 'input'])
  }
  // `mcp_tool_result` answers another type of block.
  if (!type.endsWith(resultSuffix) || typeof answered !== 'string' || type === 'mcp_tool_result') {
    return undefined
  }
  const part: Part = {
    type: 'serverTool',
    dialect: id,
    id: answered,
    name: type.slice(0, -resultSuffix.length),
    phase: 'result',
    data: content ?? null,
  }
  return withOthers(part, block, ['tool_use_id', 'content'])
}

/** The block of a server tool, without what is native to it. */
export function writeServerTool({
  id: callId,
  name,
  phase,
  data,
}: Extract<Part, { type: 'serverTool' }>): JsonObject {
  if (phase === 'call') return { type: 'server_tool_use', id: callId, name, input: data }
  return { type: name + resultSuffix, tool_use_id: callId, content: data }
}

function readToolResult(block: JsonObject, at: string): Part {
  const content = block.content ?? undefined
  const part: ToolResultPart = {
    type: 'toolResult',
    callId: requiredString(block, 'tool_use_id', at),
    content: content === undefined ? [] : readContent(content, `${at}content`, 'result'),
  }
  put(part, 'isError', optionalBoolean(block, 'is_error', at))
  return withOthers(part, block, ['tool_use_id', 'content', 'is_error'])
}

/** Keeps the fields that have no place in our words. Native parts have kept theirs. */
export function withOthers<P extends Part>(part: P, block: JsonObject, known: string[]): P {
  if (part.type === 'native') return part
  const others = otherFields(block, ['type', 'cache_control', ...known])
  if (others) part.native = { [id]: others }
  return part
}
