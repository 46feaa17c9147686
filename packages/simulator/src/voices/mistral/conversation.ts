// How messages have to follow one another.

import { isObject, type Json, type JsonObject } from '../../json.ts'
import { callsTools, messagesIn } from '../openai-family/body.ts'
import { unfit } from './errors.ts'

const callId = /^[A-Za-z0-9]{9}$/
const order = 'invalid_request_message_order'

function idsOf({ tool_calls: calls }: JsonObject): Json[] {
  return Array.isArray(calls)
    ? calls.map((call) => (isObject(call) ? (call.id ?? null) : null))
    : []
}

function checkId(id: Json | undefined): void {
  if (typeof id === 'string' && callId.test(id)) return
  const message = `Tool call id was ${id} but must be a-z, A-Z, 0-9, with a length of 9.`
  throw unfit(message, 'invalid_function_call', '3280')
}

function checkAssistant(message: JsonObject): void {
  for (const id of idsOf(message)) checkId(id)
  const { content } = message
  if ((content == null || content === '') && !callsTools(message) && message.prefix !== true) {
    const what = 'Assistant message must have either content or tool_calls, but not none.'
    throw unfit(what, 'invalid_request_assistant_message', '3240')
  }
}

/**
 * @param isOlder a model that wants an answer of the assistant's between a tool and the user
 * @throws VendorProblem for messages in the wrong order, and calls with ids or results that do not fit.
 */
export function checkConversation(body: JsonObject, isOlder: boolean): void {
  const messages = messagesIn(body).map(({ message }) => message)
  let open = 0
  messages.forEach((message, at) => {
    const { role } = message
    const before = messages[at - 1]?.role
    if (role === 'tool') {
      checkId(message.tool_call_id)
      open--
    } else if (open !== 0) throw unanswered()
    if (role === 'assistant') {
      checkAssistant(message)
      open = idsOf(message).length
    }
    if (isOlder && role === 'user' && before === 'tool') {
      throw unfit("Unexpected role 'user' after role 'tool'", order, '3230')
    }
  })
  if (open !== 0) throw unanswered()
  const last = messages.at(-1)
  if (last?.role === 'user' || last?.role === 'tool' || last?.prefix === true) return
  const message = `Expected last role User or Tool (or Assistant with prefix True) for serving but got ${last?.role}`
  throw unfit(message, order, '3230')
}

function unanswered() {
  return unfit('Not the same number of function calls and responses', order, '3230')
}
