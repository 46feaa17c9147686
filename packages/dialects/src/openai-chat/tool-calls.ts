import { isJsonObject, type Json, type JsonObject, type ToolCallPart } from '@aigne-hub/protocol'
import {
  objectAt,
  optionalArray,
  otherFields,
  refuseKind,
  requiredObject,
  requiredString,
  requiredText,
} from '../read-field.ts'
import { callerSignature, ownSignature } from '../signature.ts'
import { type WriteContext, wireCallId } from './write-context.ts'

/** Google's own place for a thought signature in this wire: `extra_content.google.thought_signature`. */
export function thoughtSignature({ extra_content: extra }: JsonObject): string | undefined {
  const google = isJsonObject(extra) ? extra.google : undefined
  const signature = isJsonObject(google) ? google.thought_signature : undefined
  return typeof signature === 'string' && signature !== '' ? signature : undefined
}

export function extraContent(signature: string): JsonObject {
  return { google: { thought_signature: signature } }
}

/** The `tool_calls` of an assistant message in a request. */
export function readToolCalls(message: JsonObject, at: string): ToolCallPart[] {
  const calls = optionalArray(message, 'tool_calls', at) ?? []
  return calls.map((value, index) => {
    const fields = objectAt(value, `${at}tool_calls`, index)
    return readToolCall(fields, `${at}tool_calls[${index}].`)
  })
}

function readToolCall(fields: JsonObject, at: string): ToolCallPart {
  const id = requiredString(fields, 'id', at)
  // Clients that put their history together from a stream sometimes lose the type.
  const kind = fields.type ?? 'function'
  if (kind !== 'function' && kind !== 'custom') {
    return refuseKind(`${at}type`, 'a string: "function" or "custom"', kind)
  }
  const named = requiredObject(fields, kind, at)
  const call: ToolCallPart = {
    type: 'toolCall',
    id,
    name: requiredString(named, 'name', `${at}${kind}.`),
    kind,
    input: requiredText(named, kind === 'function' ? 'arguments' : 'input', `${at}${kind}.`),
  }
  const signature = thoughtSignature(fields)
  // Whoever sends Google's field without our wrapping has it from Google.
  if (signature !== undefined) call.signature = callerSignature(signature, 'google')
  const others = otherFields(fields, ['id', 'type', 'index', kind, 'extra_content'])
  if (others) call.native = { 'openai-chat': others }
  return call
}

/** What a call's own object holds, by its kind. */
export function namedInput({ kind, name, input }: ToolCallPart): JsonObject {
  return kind === 'function'
    ? { type: kind, function: { name, arguments: input } }
    : { type: kind, custom: { name, input } }
}

/** A call in the history that goes to a provider. */
export function writeToolCall(call: ToolCallPart, context: WriteContext): JsonObject {
  const others = call.native?.['openai-chat']
  const signature = ownSignature(call.signature, context.target, context.losses)
  return {
    ...(isJsonObject(others) && others),
    id: wireCallId(call.id, context),
    ...namedInput(call),
    ...(signature !== undefined && { extra_content: extraContent(signature) }),
  }
}

/** An id for a call that came without one: unlike those of other answers, and fit for every provider. */
export function inventedCallId(seed: string, index: number): string {
  return `call_${seed.replace(/[^a-zA-Z0-9]/g, '').slice(-24)}_${index}`
}

/** Arguments are raw text; the few servers that send an object meant its text. */
export function inputText(value: Json | undefined): string {
  if (typeof value === 'string') return value
  return isJsonObject(value) ? JSON.stringify(value) : ''
}
