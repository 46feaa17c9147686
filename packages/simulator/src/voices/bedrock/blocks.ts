// The content blocks of a message as a turn of the conversation.

import type { Turn } from '../../behaviour/chat-types.ts'
import { isSignatureOf } from '../../behaviour/signature.ts'
import type { Json } from '../../json.ts'
import { refused } from './errors.ts'
import {
  bytesIn,
  fieldNames,
  invalid,
  objectIn,
  optionalChoice,
  structureIn,
  textIn,
  unionIn,
} from './fields.ts'
import { takeAudio, takeDocument, takeImage, takeVideo } from './sources.ts'
import { checkName } from './tools.ts'

export type Role = 'user' | 'assistant' | 'system'

type Take = (value: Json, turn: Turn, path: string) => void

/** What a block may be, who may say it, and how it goes into a turn. */
const takes: Readonly<Record<string, { roles: readonly Role[]; take: Take }>> = {
  text: { roles: ['user', 'assistant', 'system'], take: takeText },
  image: { roles: ['user'], take: takeImage },
  document: { roles: ['user'], take: takeDocument },
  video: { roles: ['user'], take: takeVideo },
  audio: { roles: ['user'], take: takeAudio },
  toolUse: { roles: ['assistant'], take: takeToolUse },
  reasoningContent: { roles: ['assistant'], take: takeReasoning },
  // Accepted, and not looked at.
  guardContent: {
    roles: ['user', 'system'],
    take: (value, _turn, path) => void objectIn(value, path),
  },
  citationsContent: {
    roles: ['assistant'],
    take: (value, _turn, path) => void objectIn(value, path),
  },
}

const useFields = fieldNames('toolUseId name input type')
const resultMembers = fieldNames('text json image document video')
const resultFields = fieldNames('toolUseId content status type')
const reasoningMembers = fieldNames('reasoningText redactedContent')
const reasoningFields = fieldNames('text signature')
const callId = /^[a-zA-Z0-9_.:-]{1,64}$/

/** All members of a content block. */
export const blockMembers: ReadonlySet<string> = new Set([
  ...Object.keys(takes),
  'toolResult',
  'cachePoint',
])

/** @throws Problem naming the block that cannot be read, or is not for this role. */
export function takeBlock(
  { member, value }: { member: string; value: Json },
  role: Role,
  turn: Turn,
  path: string,
): void {
  const known = takes[member]
  if (known?.roles.includes(role)) known.take(value, turn, `${path}.${member}`)
  else throw refused(`${path}: messages of the role ${role} take no ${member} block.`)
}

/** What one result holds goes into `turn`, a tool's. */
export function takeResult(value: Json, turn: Turn, path: string): void {
  const result = structureIn(value, resultFields, path)
  turn.callId = idIn(result, path)
  optionalChoice(result, 'status', ['success', 'error'], path)
  const content = result.content ?? undefined
  if (!Array.isArray(content)) throw invalid(`${path}.content`, 'it must be a list')
  content.forEach((entry, at) => {
    const here = `${path}.content.${at}`
    const block = unionIn(entry, resultMembers, here)
    if (block.member === 'json') addText(turn, JSON.stringify(objectIn(block.value, here)))
    // A tool may return nothing, which is no blank text.
    else if (block.member === 'text') addText(turn, textIn({ text: block.value }, 'text', here))
    else takeBlock(block, 'user', turn, here)
  })
}

function addText(turn: Turn, text: string): void {
  turn.text = turn.text === '' ? text : `${turn.text}\n${text}`
}

function takeText(value: Json, turn: Turn, path: string): void {
  if (typeof value !== 'string') throw invalid(path, 'it must be a text')
  const place = path.slice(0, path.lastIndexOf('.'))
  if (value.trim() === '') {
    throw refused(
      `The text field in the ContentBlock object at ${place} is blank. Add text to the text field, and try again.`,
    )
  }
  addText(turn, value)
}

function idIn(object: { [name: string]: Json | undefined }, path: string): string {
  const id = textIn(object, 'toolUseId', path)
  if (callId.test(id)) return id
  throw invalid(`${path}.toolUseId`, `it must match ${callId.source}`)
}

function takeToolUse(value: Json, turn: Turn, path: string): void {
  const use = structureIn(value, useFields, path)
  const name = textIn(use, 'name', path)
  checkName(name, `${path}.name`)
  const input = JSON.stringify(objectIn(use.input, `${path}.input`))
  turn.calls.push({ id: idIn(use, path), name, input })
}

function takeReasoning(value: Json, turn: Turn, path: string): void {
  const { member, value: inner } = unionIn(value, reasoningMembers, path)
  if (member === 'redactedContent') {
    bytesIn({ redactedContent: inner }, 'redactedContent', path)
    return
  }
  const thought = structureIn(inner, reasoningFields, `${path}.reasoningText`)
  const text = textIn(thought, 'text', `${path}.reasoningText`)
  const place = path.slice(0, path.lastIndexOf('.'))
  if (typeof thought.signature !== 'string') {
    throw refused(`${place}.thinking.signature: Field required`)
  }
  if (!isSignatureOf(thought.signature, text)) {
    throw refused(`${place}: Invalid \`signature\` in \`thinking\` block`)
  }
  turn.reasoning ??= []
  turn.reasoning.push({ text, signature: thought.signature })
}
