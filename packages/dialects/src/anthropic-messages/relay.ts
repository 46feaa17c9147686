// The relay lane: a caller's bytes with a few top-level edits, and the provider's bytes as they are.

import {
  type BodyEdit,
  type ChatRequest,
  isJsonObject,
  type Json,
  type JsonBody,
  type JsonObject,
  type RelayEdits,
  type Usage,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import type { ChatRelay } from '../chat-dialect.ts'
import { Losses } from '../losses.ts'
import { unwrapSignature } from '../signature.ts'
import { refusedFields } from '../unsupported-fields.ts'
import { malformed } from '../upstream-fault.ts'
import { readAnswer } from './errors.ts'
import { relayScanner } from './relay-scanner.ts'
import { isDefault, refusedSampling } from './sampling.ts'
import { ownVendor } from './thoughts.ts'
import { isLegalId } from './tool-call.ts'
import { isForced } from './tools.ts'
import { readUsage } from './usage.ts'
import { messagesHead, messagesPath } from './wire-address.ts'
import { messagesMeaning, writeHeaders } from './write-request.ts'

export const messagesRelay: ChatRelay = {
  edits(body, request, target) {
    const { max_tokens: sent, thinking } = body.value
    const { maxOutputTokens } = request
    const address = {
      path: messagesPath(target, request.stream !== undefined),
      head: messagesHead(target),
    }
    // The hub may have lowered it.
    if (maxOutputTokens === undefined || sent === maxOutputTokens) {
      return relayEdits(body, request, target, address)
    }
    const budget = isJsonObject(thinking) ? thinking.budget_tokens : undefined
    if (typeof budget === 'number' && budget >= maxOutputTokens) return undefined
    const relayed = relayEdits(body, request, target, address)
    relayed?.edits.push({ field: 'max_tokens', set: String(maxOutputTokens) })
    return relayed
  },
  readUsage: readAnswerUsage,
  scanner: relayScanner,
}

/**
 * The edits for either operation; undefined when something deeper than the top has to change.
 * @param head what the body has to say of model and version.
 */
export function relayEdits(
  { value }: JsonBody,
  request: ChatRequest,
  target: WireTarget,
  { path, head }: { path: string; head: JsonObject },
): RelayEdits | undefined {
  if (needsRewriting(value, request, target)) return undefined
  const losses = new Losses(target)
  const sampling = refusedSampling(request, target).filter((field) => value[field] !== undefined)
  for (const field of sampling) {
    if (value[field] !== null && !isDefault(field, value[field])) losses.hint(field)
  }
  const { remove, dropped } = refusedFields(value, target, messagesMeaning)
  const fields = new Set([...sampling, ...remove])
  const edits: BodyEdit[] = [...fields].map((field) => ({ field, remove: true }))
  if (head.model === undefined) edits.push({ field: 'model', remove: true })
  for (const [field, wanted] of Object.entries(head)) {
    if (wanted !== value[field]) edits.push({ field, set: JSON.stringify(wanted) })
  }
  const headers = writeHeaders(request, target, losses)
  const others = dropped.filter((field) => !sampling.includes(field))
  return { path, headers, edits, dropped: [...losses.dropped, ...others] }
}

function needsRewriting(value: JsonObject, request: ChatRequest, target: WireTarget): boolean {
  const { quirks } = target
  const { thinking, output_config: config, tool_choice: choice } = value
  const kinds: readonly Json[] | undefined = quirks.thinking
  if (isJsonObject(thinking) && kinds && !kinds.includes(thinking.type ?? null)) return true
  if (isJsonObject(config)) {
    if (quirks.noJsonSchema && config.format) return true
    const { effort } = config
    if (typeof effort === 'string' && quirks.efforts && !quirks.efforts.includes(effort))
      return true
  }
  if (quirks.noForcedTools && isJsonObject(choice) && isForced(choice)) return true
  if (quirks.unsupported?.includes('cache_control') && hasMarks(request)) return true
  const isOwn = target.provider === ownVendor
  return holdsBlock(value.messages, isOwn ? isForeign : isWrapped)
}

function hasMarks({ cacheAuto, messages, tools }: ChatRequest): boolean {
  if (cacheAuto || messages.some(({ parts }) => parts.some(({ cache }) => cache !== undefined))) {
    return true
  }
  return tools?.some((tool) => tool.type === 'function' && tool.cache !== undefined) ?? false
}

function holdsBlock(messages: Json | undefined, is: (block: Json) => boolean): boolean {
  if (!Array.isArray(messages)) return false
  return messages.some(
    (message) =>
      isJsonObject(message) && Array.isArray(message.content) && message.content.some(is),
  )
}

/** Whether a thought came through us: its signature has to be unwrapped, or left out. */
function isWrapped(block: Json): boolean {
  if (!isJsonObject(block)) return false
  if (block.type !== 'thinking' && block.type !== 'redacted_thinking') return false
  const kept = block.type === 'thinking' ? block.signature : block.data
  return typeof kept === 'string' && unwrapSignature(kept) !== undefined
}

/**
 * Whether a block comes from a model of another vendor in such a form that Anthropic refuses it: a thought
 * that nobody signed, an id in other letters, a source without its proof.
 */
function isForeign(block: Json): boolean {
  if (!isJsonObject(block)) return false
  switch (block.type) {
    case 'thinking':
      return !block.signature || isWrapped(block)
    case 'redacted_thinking':
      return isWrapped(block)
    case 'tool_use':
      return typeof block.id === 'string' && !isLegalId(block.id)
    case 'tool_result':
      return typeof block.tool_use_id === 'string' && !isLegalId(block.tool_use_id)
    case 'text': {
      const { citations } = block
      return Array.isArray(citations) && citations.some(lacksProof)
    }
    default:
      return false
  }
}

const lacksProof = (citation: Json) => isJsonObject(citation) && citation.encrypted_index === ''

/** @throws HubError as `readResponse`. */
function readAnswerUsage(body: Uint8Array, target: WireTarget): Usage {
  const { content, usage } = readAnswer(body, target)
  if (!Array.isArray(content)) throw malformed(target, 'without content')
  return isJsonObject(usage) ? readUsage(usage) : usageOf({ estimated: true })
}
