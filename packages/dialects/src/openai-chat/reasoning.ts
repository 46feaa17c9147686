// What a model thought, outside its answer. OpenAI itself keeps it back on this wire; its family says
// it in `reasoning_content` (DeepSeek, Doubao, LM Studio) or `reasoning` (OpenRouter, Groq, Ollama),
// and what must be sent back unchanged in `reasoning_details` (OpenRouter). Pieces of details with the
// same `index` belong together; our own `summary_index` tells the paragraphs of a summary apart.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
  type ReasoningPart,
  type Signature,
} from '@aigne-hub/protocol'
import { otherFields } from '../read-field.ts'

/** What a signature on the wire stands for; undefined when its vendor is unknown. */
export type SignatureOf = (raw: string) => Signature | undefined

const detailFields = [
  'type',
  'index',
  'id',
  'text',
  'signature',
  'summary',
  'summary_index',
  'data',
] as const

const maxParagraphs = 1000

/** The reasoning text of a message or delta, by either name; empty when there is none. */
export function reasoningText({ reasoning_content, reasoning }: JsonObject): string {
  if (typeof reasoning_content === 'string' && reasoning_content !== '') return reasoning_content
  return typeof reasoning === 'string' ? reasoning : ''
}

/** Which paragraph a summary detail continues. */
export function paragraphOf({ summary_index: index }: JsonObject): number {
  const usable = typeof index === 'number' && Number.isInteger(index) && index >= 0
  return usable && index < maxParagraphs ? index : 0
}

/** Whether the detail is of a kind we understand; others are kept as they are. */
export function isKnownDetail({ type, text, signature, summary, data }: JsonObject): boolean {
  if (type === 'reasoning.text') return typeof text === 'string' || typeof signature === 'string'
  if (type === 'reasoning.summary') return typeof summary === 'string'
  return type === 'reasoning.encrypted' && typeof data === 'string'
}

/** Adds a known detail to the part it belongs to. */
export function addDetail(part: ReasoningPart, detail: JsonObject, signatureOf: SignatureOf): void {
  const { type, text, summary, data, signature, id } = detail
  if (type === 'reasoning.text' && typeof text === 'string') part.text = (part.text ?? '') + text
  if (type === 'reasoning.summary' && typeof summary === 'string') {
    part.summary ??= []
    const at = paragraphOf(detail)
    while (part.summary.length <= at) part.summary.push('')
    part.summary[at] += summary
  }
  if (type === 'reasoning.encrypted' && typeof data === 'string') {
    part.redacted = (part.redacted ?? '') + data
  }
  if (typeof id === 'string' && id !== '') part.id = id
  let others = otherFields(detail, detailFields)
  if (typeof signature === 'string' && signature !== '') {
    const known = signatureOf(signature)
    if (known) part.signature = known
    else others = { ...others, signature }
  }
  if (others) {
    const before = part.native?.['openai-chat']
    part.native = { 'openai-chat': { ...(isJsonObject(before) && before), ...others } }
  }
}

/** The order in which one part tells its details. */
const ranks = ['reasoning.summary', 'reasoning.encrypted', 'reasoning.text'] as const

const rankOf = ({ type }: JsonObject) => (ranks as readonly Json[]).indexOf(type ?? null)

/**
 * Whether a detail belongs to the part of the one `before`. Another type does where `writeDetails` tells
 * both as they came.
 */
export function continuesDetail(before: JsonObject, detail: JsonObject): boolean {
  if (typeof detail.index !== 'number' || detail.index !== before.index) return false
  if (detail.type === before.type) return true
  const isAlike = detail.id === before.id && detail.format === before.format
  return isAlike && rankOf(detail) > rankOf(before)
}

/** The part that begins with a detail, the `place`th thought of its message. */
export function newThought({ index }: JsonObject, place: number): ReasoningPart {
  const part: ReasoningPart = { type: 'reasoning' }
  if (typeof index === 'number' && index !== place) {
    part.native = { 'openai-chat': { source_index: index } }
  }
  return part
}

/** The reasoning of a whole message: one part for every group of details, or one of the plain text. */
export function readReasoning(message: JsonObject, signatureOf: SignatureOf): Part[] {
  const text = reasoningText(message)
  const parts: Part[] = []
  const { reasoning_details: details } = message
  let before: JsonObject = {}
  let last: ReasoningPart | undefined
  let place = 0
  for (const detail of Array.isArray(details) ? details : []) {
    if (!isJsonObject(detail)) continue
    if (!isKnownDetail(detail)) {
      parts.push({ type: 'native', dialect: 'openai-chat', value: detail })
      last = undefined
      continue
    }
    if (last === undefined || !continuesDetail(before, detail)) {
      last = newThought(detail, place++)
      parts.push(last)
    }
    before = detail
    addDetail(last, detail, signatureOf)
  }
  if (text !== '') addLooseText(parts, text)
  return parts
}

/** Text that stands beside the details: theirs once more, unless they have none. */
function addLooseText(parts: Part[], text: string): void {
  const thoughts = parts.filter((part) => part.type === 'reasoning')
  if (thoughts.some((part) => part.text || part.summary)) return
  if (thoughts[0]) thoughts[0].text = text
  else parts.unshift({ type: 'reasoning', text })
}

/** What callers see of a part: its text, or its summary. */
export function shownText({ text, summary }: ReasoningPart): string {
  return text || (summary?.join('\n\n') ?? '')
}

/** Whether the text alone says everything about the part. */
export function isPlain(part: ReasoningPart, signature: string | undefined): boolean {
  const { text, summary, redacted, id, native } = part
  const extras = summary ?? redacted ?? id ?? native?.['openai-chat'] ?? signature
  return Boolean(text) && extras === undefined
}

/** The details of one part, the `index`th of its message. `signature` is as it goes on the wire. */
export function writeDetails(
  part: ReasoningPart,
  index: number,
  signature: string | undefined,
): JsonObject[] {
  const { text, summary, redacted, id, native } = part
  const others = native?.['openai-chat']
  const base: JsonObject = {
    ...(isJsonObject(others) && others),
    index,
    ...(id !== undefined && { id }),
  }
  const details: JsonObject[] = []
  summary?.forEach((paragraph, at) => {
    details.push({ ...base, type: 'reasoning.summary', summary: paragraph, summary_index: at })
  })
  if (redacted !== undefined) details.push({ ...base, type: 'reasoning.encrypted', data: redacted })
  if (text !== undefined || signature !== undefined || details.length === 0) {
    details.push({
      ...base,
      type: 'reasoning.text',
      ...(text !== undefined && { text }),
      ...(signature !== undefined && { signature }),
    })
  }
  return details
}

/** The same for a provider: under the index that it gave, and with nothing it need not know. */
export function writeSentDetails(
  part: ReasoningPart,
  place: number,
  signature: string | undefined,
): JsonObject[] {
  const details = writeDetails(part, place, signature)
  for (const detail of details) {
    if (detail.summary_index === 0) delete detail.summary_index
    if (detail.source_index === undefined) continue
    detail.index = detail.source_index
    delete detail.source_index
  }
  return details
}
