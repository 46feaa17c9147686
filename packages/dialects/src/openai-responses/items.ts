// The items of an answer or of an assistant's turn in the history, as this wire has them. One message
// item holds several texts and refusals; everything else is an item of its own.

import type {
  JsonObject,
  MediaPart,
  Part,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
} from '@aigne-hub/protocol'
import { writeLogprobs } from '../openai-chat/logprobs.ts'
import { writeAnnotations } from './annotations.ts'
import { contentFields, itemFields, ownFields } from './own-fields.ts'

export type SpokenPart = TextPart | RefusalPart

/** A message item's parts, with the fields of the item. */
export interface SpokenItem {
  fields: JsonObject
  parts: SpokenPart[]
}

export const isSpoken = (part: Part): part is SpokenPart =>
  part.type === 'text' || part.type === 'refusal'

/** The parts in order, those of one message item together. */
export function groupItems(parts: readonly Part[]): (SpokenItem | Exclude<Part, SpokenPart>)[] {
  const groups: (SpokenItem | Exclude<Part, SpokenPart>)[] = []
  let open: SpokenItem | undefined
  for (const part of parts) {
    if (!isSpoken(part)) {
      open = undefined
      groups.push(part)
      continue
    }
    const fields = itemFields(part)
    if (open && !fields) open.parts.push(part)
    else {
      open = { fields: fields ?? {}, parts: [part] }
      groups.push(open)
    }
  }
  return groups
}

/** A piece of a message item's content. */
export function contentItem(part: SpokenPart): JsonObject {
  const others = contentFields(part)
  const logprobs = part.logprobs && writeLogprobs(part.logprobs)
  if (part.type === 'refusal') {
    return { ...others, type: 'refusal', refusal: part.text, ...(logprobs && { logprobs }) }
  }
  return {
    ...others,
    type: 'output_text',
    text: part.text,
    annotations: writeAnnotations(part.annotations ?? []),
    ...(logprobs && { logprobs }),
  }
}

/** `more`: what stands before the call's own fields, such as an id. */
export function callItem(part: ToolCallPart, more: JsonObject = {}): JsonObject {
  const { id, name, kind, input } = part
  const fields = { ...more, ...ownFields(part) }
  return kind === 'function'
    ? { ...fields, type: 'function_call', call_id: id, name, arguments: input }
    : { ...fields, type: 'custom_tool_call', call_id: id, name, input }
}

/** @param encrypted `encrypted_content`, as it goes on the wire. */
export function reasoningItem(
  part: ReasoningPart,
  encrypted: string | undefined,
  more: JsonObject = {},
): JsonObject {
  const { id, summary, text } = part
  return {
    ...more,
    ...ownFields(part),
    ...(id !== undefined && { id }),
    type: 'reasoning',
    summary: (summary ?? []).map((paragraph) => ({ type: 'summary_text', text: paragraph })),
    ...(text !== undefined && { content: [{ type: 'reasoning_text', text }] }),
    ...(encrypted !== undefined && { encrypted_content: encrypted }),
  }
}

/** A picture that a model has made; undefined for other media, which this wire has no words for. */
export function imageItem(part: MediaPart, more: JsonObject = {}): JsonObject | undefined {
  const { kind, data, mimeType, id } = part
  if (kind !== 'image' || data === undefined) return undefined
  const format = mimeType?.slice('image/'.length) ?? 'png'
  return {
    status: 'completed',
    ...more,
    ...(format !== 'png' && { output_format: format }),
    ...ownFields(part),
    ...(id !== undefined && { id }),
    type: 'image_generation_call',
    result: data,
  }
}
