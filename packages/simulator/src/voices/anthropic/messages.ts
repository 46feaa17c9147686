// The messages of a request: their order, and which tool calls are answered where.

import type { Json, JsonObject } from '../../json.ts'
import {
  choiceIn,
  invalid,
  listIn,
  missing,
  objectIn,
  onlyFields,
  refused,
  textIn,
} from './fields.ts'

export type Role = 'user' | 'assistant' | 'system'

export interface PlacedBlock {
  block: JsonObject
  path: string
}

/** One message, or several of the same role in a row. */
export interface Message {
  role: Role
  path: string
  blocks: PlacedBlock[]
}

const fields = new Set(['role', 'content'])
const roles = ['user', 'assistant', 'system'] as const

/**
 * Messages of the same role in a row are one.
 * @throws Problem naming the message that cannot be read, stands in the wrong place or leaves calls open.
 */
export function readMessages(value: Json | undefined): Message[] {
  const list = listIn(value, 'messages')
  const messages: Message[] = []
  list.forEach((entry, at) => {
    const message = readMessage(entry, `messages.${at}`)
    const last = messages.at(-1)
    if (last?.role === message.role) last.blocks.push(...message.blocks)
    else messages.push(message)
  })
  const first = messages.find(({ role }) => role !== 'system')
  if (first === undefined) throw invalid('messages', 'at least one message is required')
  if (first.role !== 'user') throw invalid('messages', 'first message must use the "user" role')
  messages.forEach((message, at) => {
    checkCalls(message, messages[at + 1])
    checkResults(message, messages[at - 1])
  })
  if (messages.at(-1)?.role === 'assistant') {
    throw refused(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    )
  }
  return messages
}

function readMessage(entry: Json, path: string): Message {
  const message = objectIn(entry, path)
  onlyFields(message, fields, path)
  const role = choiceIn(message, 'role', roles, path)
  const blocks = blocksIn(message.content, `${path}.content`)
  if (blocks.length === 0) throw invalid(path, `${role} messages must have non-empty content`)
  return { role, path, blocks }
}

/** The blocks of a content, whose text may stand for one text block. An empty text is none. */
export function blocksIn(content: Json | undefined, path: string): PlacedBlock[] {
  if (content === undefined) throw missing(path)
  if (typeof content === 'string') {
    return content === '' ? [] : [{ block: { type: 'text', text: content }, path }]
  }
  return listIn(content, path).map((entry, at) => {
    const block = objectIn(entry, `${path}.${at}`)
    textIn(block, 'type', `${path}.${at}`)
    return { block, path: `${path}.${at}` }
  })
}

function idsOf(message: Message | undefined, type: string, field: string): Json[] {
  const blocks = message?.blocks ?? []
  return blocks.flatMap(({ block }) => (block.type === type ? [block[field] ?? null] : []))
}

/** Every call of `message` is answered in `next`, before anything else in it. */
function checkCalls(message: Message, next: Message | undefined): void {
  if (message.role !== 'assistant') return
  const calls = idsOf(message, 'tool_use', 'id')
  if (new Set(calls).size < calls.length) {
    throw invalid(message.path, '`tool_use` ids must be unique')
  }
  const answers = next?.role === 'user' ? next.blocks : []
  const firstOther = answers.findIndex(({ block }) => block.type !== 'tool_result')
  const leading = answers.slice(0, firstOther < 0 ? answers.length : firstOther)
  const answered = new Set(leading.map(({ block }) => block.tool_use_id))
  const open = calls.filter((id) => !answered.has(id))
  if (open.length === 0) return
  throw invalid(
    message.path,
    `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  )
}

/** Every result in `message` answers a call of `previous`, each once. */
function checkResults(message: Message, previous: Message | undefined): void {
  if (message.role !== 'user') return
  const calls = previous?.role === 'assistant' ? idsOf(previous, 'tool_use', 'id') : []
  const seen = new Set<Json>()
  for (const { block, path } of message.blocks) {
    if (block.type !== 'tool_result') continue
    const id = block.tool_use_id ?? null
    if (!calls.includes(id)) {
      throw invalid(
        path,
        `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      )
    }
    if (seen.has(id)) {
      throw invalid(path, `each \`tool_use\` must have a single result. Found multiple for ${id}`)
    }
    seen.add(id)
  }
}
