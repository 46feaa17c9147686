// The relay lane: a caller's bytes with a few top-level edits, and the provider's bytes as they are.

import {
  type BodyEdit,
  type ChatRequest,
  isJsonObject,
  type JsonBody,
  type JsonObject,
  type Quirks,
  type RelayEdits,
  type Usage,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import type { ChatRelay } from '../chat-dialect.ts'
import { readAnswer } from '../openai-errors.ts'
import { refusedFields } from '../unsupported-fields.ts'
import { malformed } from '../upstream-fault.ts'
import { anyObject } from './answer-format.ts'
import { choiceError } from './errors.ts'
import { effortIn, reasoningEdits } from './reasoning-wish.ts'
import { needsRewriting } from './relay-obstacles.ts'
import { relayScanner } from './relay-scanner.ts'
import { readUsage } from './usage.ts'
import { chatMeaning, chatPath, fitsUser, isOver, refusedValues } from './write-request.ts'

export const chatRelay: ChatRelay = {
  edits,
  readUsage: readAnswerUsage,
  scanner: relayScanner,
}

function edits(body: JsonBody, request: ChatRequest, target: WireTarget): RelayEdits | undefined {
  const { value } = body
  const { quirks } = target
  if (needsRewriting(value, request, target)) return undefined
  const reasoning = reasoningEdits(value, quirks)
  const besides = [
    ...refusedValues(effortIn(value), value.service_tier, quirks),
    ...(reasoning.isRefused ? ['reasoning_effort'] : []),
  ]
  const { remove, dropped } = refusedFields(value, target, chatMeaning, besides)
  const list: BodyEdit[] = []
  const add = (edit: BodyEdit) => {
    if (!remove.includes(edit.field)) list.push(edit)
  }
  if (value.model !== target.model) add({ field: 'model', set: JSON.stringify(target.model) })
  for (const edit of reasoning.edits) add(edit)
  if (reasoning.isChanged) dropped.push('reasoning_effort')
  for (const edit of maxTokensEdits(body, request, target)) add(edit)
  if (isOver(value.temperature, quirks.maxTemperature) && !remove.includes('temperature')) {
    add({ field: 'temperature', set: String(quirks.maxTemperature) })
    dropped.push('temperature')
  }
  for (const edit of renamingEdits(value, quirks)) add(edit)
  if (quirks.userField && !remove.includes('user')) addUser(body, request, quirks, add, dropped)
  const options = request.stream ? streamOptionsEdit(body, target) : undefined
  if (options?.edit) add(options.edit)
  if (options?.isDropped) dropped.push('stream_options')
  const removals = remove.map((field): BodyEdit => ({ field, remove: true }))
  return { path: chatPath, edits: [...removals, ...list], dropped }
}

/** What the target calls by another name. */
function renamingEdits(value: JsonObject, quirks: Quirks): BodyEdit[] {
  const { seedField, requiredToolChoice: required, noJsonObject } = quirks
  const edits: BodyEdit[] = []
  if (seedField && 'seed' in value) edits.push({ field: 'seed', rename: seedField })
  if (required && value.tool_choice === 'required') {
    edits.push({ field: 'tool_choice', set: JSON.stringify(required) })
  }
  const { response_format: format } = value
  if (noJsonObject && isJsonObject(format) && format.type === 'json_object') {
    edits.push({ field: 'response_format', set: JSON.stringify(anyObject) })
  }
  return edits
}

/** The caller's name for its user, which has two names of its own. */
function addUser(
  { value }: JsonBody,
  { user }: ChatRequest,
  quirks: Quirks,
  add: (edit: BodyEdit) => void,
  dropped: string[],
): void {
  for (const field of ['user', 'safety_identifier']) {
    if (field in value) add({ field, remove: true })
  }
  if (user === undefined || quirks.userField === undefined) return
  if (fitsUser(user, quirks)) add({ field: quirks.userField, set: JSON.stringify(user) })
  else dropped.push('user')
}

/** The limit under the name the target takes, and with the value of `request`, which the hub may lower. */
function maxTokensEdits(
  { value }: JsonBody,
  { maxOutputTokens }: ChatRequest,
  { quirks }: WireTarget,
): BodyEdit[] {
  const newer = value.max_completion_tokens ?? undefined
  const older = value.max_tokens ?? undefined
  const sent = newer ?? older
  const used = newer === undefined && older !== undefined ? 'max_tokens' : 'max_completion_tokens'
  const field = quirks.maxTokensField ?? used
  if (sent === maxOutputTokens && (sent === undefined || field === used)) {
    return newer !== undefined && older !== undefined && quirks.maxTokensField
      ? [{ field: 'max_tokens', remove: true }]
      : []
  }
  if (maxOutputTokens === undefined) return []
  const other = field === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
  return [
    { field: other, remove: true },
    { field, set: String(maxOutputTokens) },
  ]
}

/** Usage is asked for in every stream: what an answer costs is metered. */
function streamOptionsEdit(
  { value }: JsonBody,
  { quirks }: WireTarget,
): { edit?: BodyEdit; isDropped?: boolean } {
  const field = 'stream_options'
  const options = value[field] ?? undefined
  if (quirks.unsupported?.includes(field)) return {}
  if (quirks.noStreamOptions) {
    return { edit: { field, remove: true }, isDropped: options !== undefined }
  }
  // readRequest has seen that it is an object.
  const wanted = JSON.stringify({ ...(options as JsonObject | undefined), include_usage: true })
  if (options !== undefined && JSON.stringify(options) === wanted) return {}
  return { edit: { field, set: wanted } }
}

/** @throws HubError as `readResponse`. */
function readAnswerUsage(body: Uint8Array, target: WireTarget): Usage {
  const answer = readAnswer(body, target)
  const { choices } = answer
  if (!Array.isArray(choices) || choices.length === 0) throw malformed(target, 'without choices')
  for (const choice of choices) {
    if (!isJsonObject(choice) || !isJsonObject(choice.message)) {
      throw malformed(target, 'without a message')
    }
    const error = choiceError(choice, target)
    if (error) throw error
  }
  return readUsage(answer, target) ?? usageOf({ estimated: true })
}
