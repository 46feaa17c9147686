// The relay lane: a caller's bytes with a few top-level edits, and the provider's bytes as they are.

import {
  type BodyEdit,
  type ChatRequest,
  isJsonObject,
  type Json,
  type JsonBody,
  type JsonObject,
  type Message,
  type RelayEdits,
  type Usage,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import type { ChatRelay } from '../chat-dialect.ts'
import { switchedOff } from '../openai-chat/reasoning-wish.ts'
import { isOver, refusedValues } from '../openai-chat/write-request.ts'
import { nearestEffort } from '../reasoning-effort.ts'
import { refusedFields } from '../unsupported-fields.ts'
import { malformed, parseJson, readObject } from '../upstream-fault.ts'
import { responseError } from './errors.ts'
import { relayScanner } from './relay-scanner.ts'
import { answerIdOf } from './surface-items.ts'
import { readUsage } from './usage.ts'
import { effortOf, includeReasoning, responsesMeaning, responsesPath } from './write-request.ts'

export const responsesRelay: ChatRelay = {
  edits,
  readUsage: readAnswerUsage,
  scanner: relayScanner,
}

function edits(body: JsonBody, request: ChatRequest, target: WireTarget): RelayEdits | undefined {
  const { value } = body
  const previous = value.previous_response_id || undefined
  const { quirks } = target
  // Who takes no wish for proofs has nothing stored either to look a thought up in.
  const takesInclude = !quirks.unsupported?.includes('include')
  if (previous !== request.previousResponseId || holdsOurs(value, takesInclude)) return undefined
  if (quirks.noDeveloperRole && request.messages.some(isDeveloper)) return undefined
  const reasoning = reasoningEdit(value, target)
  const effort = reasoning.isOff ? 'none' : effortOf(reasoning.value)
  const besides = [
    ...refusedValues(effort, value.service_tier, quirks),
    ...(reasoning.isRefused ? ['reasoning'] : []),
  ]
  // The wish not to be stored is never left out.
  const { store: _, ...others } = value
  const { remove, dropped } = refusedFields(others, target, responsesMeaning, besides)
  const list: BodyEdit[] = [...new Set(remove)].map((field) => ({ field, remove: true }))
  const set = (field: string, to: string) => {
    if (!remove.includes(field)) list.push({ field, set: to })
  }
  if (value.model !== target.model) set('model', JSON.stringify(target.model))
  const { maxOutputTokens } = request
  if (maxOutputTokens !== undefined && maxOutputTokens !== value.max_output_tokens) {
    set('max_output_tokens', String(maxOutputTokens))
  }
  if (reasoning.edit !== undefined) set('reasoning', reasoning.edit)
  if (reasoning.isOff) set('thinking', JSON.stringify(switchedOff))
  const { maxTemperature } = quirks
  if (isOver(value.temperature, maxTemperature) && !remove.includes('temperature')) {
    set('temperature', String(maxTemperature))
    dropped.push('temperature')
  }
  // What the hub does not store stays out of the provider's hands too. Silence means: store it.
  const store = request.store ?? false
  if ((value.store ?? true) !== store) set('store', String(store))
  if (!store && takesInclude) {
    const include = includeEdit(value, target)
    if (include !== undefined) set('include', include)
  }
  return { path: responsesPath, edits: list, dropped: [...new Set(dropped)] }
}

/**
 * Whether the history holds what the provider cannot read: what the hub has wrapped, or a thought with
 * nothing but an id that it would look up in vain: one of ours, or any where it stores nothing.
 */
function holdsOurs({ input }: JsonObject, looksUp: boolean): boolean {
  if (!Array.isArray(input)) return false
  return input.some((item) => {
    if (!isJsonObject(item)) return false
    const { type, id, encrypted_content: sealed } = item
    if (typeof sealed === 'string' && sealed !== '') return sealed.startsWith('hub1.')
    if (type !== 'reasoning' || typeof id !== 'string') return false
    return answerIdOf(id) !== undefined || (!looksUp && !isFilled(item.content))
  })
}

const isFilled = (value: Json | undefined) => Array.isArray(value) && value.length > 0

const isDeveloper = ({ role }: Message) => role === 'developer'

/** The effort as the target takes it, inside the object that stays as it is otherwise. */
function reasoningEdit(
  { reasoning }: JsonObject,
  { quirks }: WireTarget,
): { value?: JsonObject; edit?: string; isRefused?: boolean; isOff?: boolean } {
  if (!isJsonObject(reasoning)) return {}
  const { efforts } = quirks
  const { effort } = reasoning
  if (efforts?.length === 0) return { isRefused: true }
  if (effort === 'none' && quirks.thinkingSwitch) {
    const { effort: _, ...value } = reasoning
    return { value, edit: JSON.stringify(value), isOff: true }
  }
  if (efforts === undefined || typeof effort !== 'string') return { value: reasoning }
  const taken = nearestEffort(effort, efforts)
  if (taken === effort) return { value: reasoning }
  const value = { ...reasoning, effort: taken }
  return { value, edit: JSON.stringify(value) }
}

function includeEdit({ include }: JsonObject, { quirks }: WireTarget): string | undefined {
  if (quirks.efforts?.length === 0) return undefined
  const names = Array.isArray(include) ? include : []
  return names.includes(includeReasoning) ? undefined : JSON.stringify([...names, includeReasoning])
}

/** @throws HubError as `readResponse`, except that an answer in the background may be unfinished. */
function readAnswerUsage(body: Uint8Array, target: WireTarget): Usage {
  const response = readObject(body, target)
  const error = responseError(response, target)
  if (error) throw error
  if (!Array.isArray(response.output)) throw malformed(target, 'without output')
  return readUsage(response) ?? usageOf({ estimated: true })
}

/** The id of a whole answer that is passed on; undefined when it has none. */
export function responseIdOf(body: Uint8Array): string | undefined {
  const response = parseJson(body)
  const id = isJsonObject(response) ? response.id : undefined
  return typeof id === 'string' && id !== '' ? id : undefined
}
