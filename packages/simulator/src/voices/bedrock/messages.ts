import type { Turn } from '../../behaviour/chat-types.ts'
import type { Json, JsonObject } from '../../json.ts'
import { blockMembers, type Role, takeBlock, takeResult } from './blocks.ts'
import type { CacheMarks } from './cache-marks.ts'
import { refused } from './errors.ts'
import { choiceIn, fieldNames, listIn, structureIn, unionIn } from './fields.ts'

const messageFields = fieldNames('role content')
const roles = ['user', 'assistant', 'system'] as const
const mostImages = 20
const mostDocuments = 5

interface Block {
  member: string
  value: Json
  path: string
}

interface Message {
  role: Role
  blocks: Block[]
  path: string
}

/** The members of each block, before anything in them is looked at. */
function readMessage(entry: Json, at: number): Message {
  const path = `messages.${at}`
  const message: JsonObject = structureIn(entry, messageFields, path)
  const role = choiceIn(message, 'role', roles, path)
  const content = listIn(message.content, `${path}.content`)
  if (content.length === 0) {
    throw refused(
      `The content field in the Message object at ${path} is empty. Add a ContentBlock object to the content field and try again.`,
    )
  }
  const blocks = content.map((block, index) => {
    const here = `${path}.content.${index}`
    return { ...unionIn(block, blockMembers, here), path: here }
  })
  return { role, blocks, path: `${path}.content` }
}

/**
 * The turns of a conversation, each tool result one of its own.
 * @param turns what comes before; the conversation is appended
 * @returns whether tools were called or answered
 * @throws Problem naming what is out of order or cannot be read.
 */
export function readMessages(value: Json | undefined, turns: Turn[], marks: CacheMarks): boolean {
  const messages = listIn(value, 'messages').map(readMessage)
  checkRoles(messages)
  for (const [at, message] of messages.entries()) {
    checkAttachments(message)
    checkResults(message, messages[at - 1])
    takeMessage(message, turns, marks)
  }
  const last = messages.at(-1)
  if (last) checkEnd(last)
  return messages.some(({ blocks }) =>
    blocks.some(({ member }) => member === 'toolUse' || member === 'toolResult'),
  )
}

function checkRoles(messages: readonly Message[]): void {
  const spoken = messages.filter(({ role }) => role !== 'system')
  if (spoken[0]?.role !== 'user') {
    throw refused(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    )
  }
  const repeats = spoken.some(({ role }, at) => role === spoken[at - 1]?.role)
  if (!repeats) return
  throw refused(
    'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
  )
}

function checkAttachments({ blocks, path }: Message): void {
  const count = (name: string) => blocks.filter(({ member }) => member === name).length
  if (count('image') > mostImages) throw refused(`${path}: at most ${mostImages} images.`)
  const documents = count('document')
  if (documents > mostDocuments) throw refused(`${path}: at most ${mostDocuments} documents.`)
  if (documents > 0 && count('text') === 0) {
    throw refused(`${path}: a message with a document needs a text block, too.`)
  }
}

function idsOf(message: Message | undefined, member: 'toolUse' | 'toolResult'): Json[] {
  const blocks = message?.blocks.filter((block) => block.member === member) ?? []
  return blocks.map(({ value }) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value.toolUseId ?? null)
      : null,
  )
}

/** Every use is answered in the next message, and nothing else is. */
function checkResults(message: Message, before: Message | undefined): void {
  if (message.role === 'system') return
  const uses = idsOf(before, 'toolUse')
  const results = idsOf(message, 'toolResult')
  const missing = uses.filter((id) => !results.includes(id))
  if (missing.length > 0) {
    throw refused(
      `Expected toolResult blocks at ${message.path} for the following Ids: ${missing.join(', ')}`,
    )
  }
  if (results.length > uses.length) {
    throw refused(
      `The number of toolResult blocks at ${message.path} exceeds the number of toolUse blocks of previous turn.`,
    )
  }
}

function takeMessage({ role, blocks }: Message, turns: Turn[], marks: CacheMarks): void {
  let turn: Turn | undefined
  for (const { member, value, path } of blocks) {
    if (member === 'cachePoint') marks.take(value, turns.length, `${path}.cachePoint`)
    else if (member === 'toolResult') {
      if (role !== 'user') throw refused(`${path}: only the user returns tool results.`)
      takeResult(value, open('tool', turns), `${path}.toolResult`)
    } else {
      turn ??= open(role, turns)
      takeBlock({ member, value }, role, turn, path)
    }
  }
}

/** A new turn at the end of `turns`. */
export function open(role: Turn['role'], turns: Turn[]): Turn {
  const turn: Turn = { role, text: '', images: [], attachmentTokens: 0, calls: [] }
  turns.push(turn)
  return turn
}

function checkEnd({ role, blocks }: Message): void {
  const last = blocks.at(-1)
  if (role !== 'assistant' || last?.member !== 'text') return
  if (typeof last.value !== 'string' || last.value === last.value.trimEnd()) return
  throw refused('messages: final assistant content cannot end with trailing whitespace')
}
