// The relay lane: a caller's bytes with a few top-level edits, and the provider's bytes as they are.

import {
  type BodyEdit,
  type ChatRequest,
  isJsonObject,
  type JsonBody,
  type JsonObject,
  type RelayEdits,
  type RelayHalf,
  type Usage,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readAnswer } from '../openai-errors.ts'
import { nearestEffort } from '../reasoning-effort.ts'
import { refusedFields } from '../unsupported-fields.ts'
import { malformed } from '../upstream-fault.ts'
import { choiceError } from './errors.ts'
import { relayScanner } from './relay-scanner.ts'
import { readUsage } from './usage.ts'
import { refusesWithin } from './write-context.ts'
import { chatMeaning, chatPath, refusedSampling } from './write-request.ts'

export const chatRelay: RelayHalf<'chat'> = {
  edits,
  readUsage: readAnswerUsage,
  scanner: relayScanner,
}

function edits(body: JsonBody, request: ChatRequest, target: WireTarget): RelayEdits | undefined {
  if (refusesWithin(request, target.quirks)) return undefined
  const effort = effortEdit(body, target)
  const besides = [
    ...refusedSampling(body.value.reasoning_effort, target.quirks),
    ...(effort === null ? ['reasoning_effort'] : []),
  ]
  const { remove, dropped } = refusedFields(body.value, target, chatMeaning, besides)
  const list: BodyEdit[] = remove.map((field) => ({ field, remove: true }))
  if (body.value.model !== target.model) {
    list.push({ field: 'model', set: JSON.stringify(target.model) })
  }
  if (effort) {
    list.push(effort)
    if (body.value.reasoning_effort !== 'none') dropped.push('reasoning_effort')
  }
  list.push(...maxTokensEdits(body, request, target))
  const options = request.stream ? streamOptionsEdit(body, target) : undefined
  if (options?.edit) list.push(options.edit)
  if (options?.isDropped) dropped.push('stream_options')
  return { path: chatPath, edits: list, dropped }
}

/** The effort as the model takes it; null when it takes none. */
function effortEdit({ value }: JsonBody, { quirks }: WireTarget): BodyEdit | null | undefined {
  const { reasoning_effort: wanted } = value
  if (typeof wanted !== 'string' || quirks.efforts === undefined) return undefined
  const effort = nearestEffort(wanted, quirks.efforts)
  if (effort === undefined) return null
  if (effort === wanted) return undefined
  return { field: 'reasoning_effort', set: JSON.stringify(effort) }
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
  return readUsage(answer) ?? usageOf({ estimated: true })
}
