// Messages of a caller's request.

import type { JsonObject, Message, Part } from '@aigne-hub/protocol'
import { objectAt, oneOf, optionalArray, refuseKind } from '../read-field.ts'
import { readContent } from './blocks.ts'

const roles = ['user', 'assistant', 'system'] as const

/** The system prompt, as a message that leads, and the messages. */
export function readMessages(fields: JsonObject): Message[] {
  const list = optionalArray(fields, 'messages', '')
  if (list === undefined || list.length === 0) {
    return refuseKind('messages', 'an array of at least one message', list)
  }
  const messages: Message[] = []
  const { system } = fields
  if (system !== undefined && system !== null) {
    const parts = readContent(system, 'system', 'system')
    if (parts.length > 0) messages.push({ role: 'system', parts })
  }
  for (let index = 0; index < list.length; index++) {
    readMessage(objectAt(list[index], 'messages', index), `messages[${index}].`, messages)
  }
  return messages
}

function readMessage(fields: JsonObject, at: string, messages: Message[]): void {
  const role = roles.find((name) => name === fields.role)
  if (role === undefined) {
    refuseKind(`${at}role`, `a string: ${oneOf(roles)}`, fields.role)
  }
  const parts = readContent(fields.content, `${at}content`, role)
  if (role !== 'user' || !parts.some(isResult)) {
    messages.push({ role, parts })
    return
  }
  // The results of tools and what the user says beside them are messages of their own. Results follow
  // their calls, wherever they stand: other dialects let nothing come between.
  messages.push({ role: 'tool', parts: parts.filter(isResult) })
  const said = parts.filter((part) => !isResult(part))
  if (said.length > 0) messages.push({ role, parts: said })
}

const isResult = ({ type }: Part) => type === 'toolResult'
