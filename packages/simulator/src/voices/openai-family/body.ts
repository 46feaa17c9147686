// Bodies in OpenAI's terms, out of a vendor's.

import { isObject, type Json, type JsonObject } from '../../json.ts'

/** `body` without fields that this vendor does not look at. */
export function without(body: JsonObject, ...names: string[]): JsonObject {
  const rest = { ...body }
  for (const name of names) delete rest[name]
  return rest
}

/** The messages that are objects, with their place in the list. */
export function messagesIn({ messages }: JsonObject): { message: JsonObject; at: number }[] {
  if (!Array.isArray(messages)) return []
  return messages.flatMap((message, at) => (isObject(message) ? [{ message, at }] : []))
}

/** The body with every part of every message's content as `write` has it; undefined leaves it out. */
export function withParts(
  body: JsonObject,
  write: (part: JsonObject, param: string) => JsonObject | undefined,
): JsonObject {
  if (!Array.isArray(body.messages)) return body
  const messages = body.messages.map((message, at): Json => {
    if (!isObject(message) || !Array.isArray(message.content)) return message
    const content = message.content.flatMap((part, place): Json[] => {
      if (!isObject(part)) return [part]
      const written = write(part, `messages[${at}].content[${place}]`)
      return written === undefined ? [] : [written]
    })
    return { ...message, content }
  })
  return { ...body, messages }
}

/** Whether an assistant's message calls tools. */
export function callsTools({ role, tool_calls: calls }: JsonObject): boolean {
  return role === 'assistant' && Array.isArray(calls) && calls.length > 0
}

/** Whether there are tools to call. */
export function hasTools({ tools }: JsonObject): boolean {
  return Array.isArray(tools) && tools.length > 0
}
