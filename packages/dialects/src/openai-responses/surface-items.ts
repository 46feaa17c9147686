// Items of an answer to our callers. All of them have ids, and every signature is wrapped.

import {
  type ChatRequest,
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
  type ReasoningPart,
  type Signature,
} from '@aigne-hub/protocol'
import { callItem, imageItem, reasoningItem, type SpokenPart } from './items.ts'
import { sealCall, sealThought } from './seal.ts'

type OtherPart = Exclude<Part, SpokenPart>

/** An item without ids of its own gets one that says what it is and where it stands. */
export function itemId(prefix: string, base: string, outputIndex: number): string {
  return `${prefix}_${base}_${outputIndex}`
}

const ownItemId = /^(?:msg|rs|fc|ctc|ig)_(.+)_\d+$/

/** The id of the answer that has an item with such an id; undefined for ids that `itemId` did not make. */
export function answerIdOf(id: string): string | undefined {
  const base = ownItemId.exec(id)?.[1]
  return base === undefined ? undefined : `resp_${base}`
}

/** Whether the caller has asked for summaries of the thoughts: it reads nothing else of them then. */
export function readsSummaries({ reasoning }: ChatRequest): boolean {
  const { summary = 'none' } = reasoning ?? {}
  return summary !== 'none'
}

function thoughtItem(part: ReasoningPart, inSummary: boolean, id: string): JsonObject {
  const { text, ...others } = part
  if (!inSummary || text === undefined || part.summary?.length) {
    return reasoningItem(part, sealThought(part), { id })
  }
  return reasoningItem({ ...others, summary: [text] }, sealThought(part, true), { id })
}

export type CallStatus = 'completed' | 'incomplete'

/**
 * The item of a part that is no text; undefined when this wire has no words for it.
 * @param inSummary a thought without a summary is shown as one.
 * @param callStatus of a function call.
 */
export function writeWholeItem(
  part: OtherPart,
  base: string,
  outputIndex: number,
  inSummary = false,
  callStatus: CallStatus = 'completed',
): Json | undefined {
  switch (part.type) {
    case 'toolCall': {
      const id = itemId(part.kind === 'function' ? 'fc' : 'ctc', base, outputIndex)
      return callItem(part, part.kind === 'function' ? { id, status: callStatus } : { id })
    }
    case 'reasoning':
      return thoughtItem(part, inSummary, itemId('rs', base, outputIndex))
    case 'media':
      return imageItem(part, { id: itemId('ig', base, outputIndex) })
    case 'serverTool':
      return part.dialect === 'openai-responses' ? part.data : undefined
    case 'native':
      return part.dialect === 'openai-responses' ? part.value : undefined
    default:
      return undefined
  }
}

/** How such an item is announced while it is still being made. */
export function announcedItem(item: Json): Json {
  if (!isJsonObject(item) || item.status !== 'completed') return item
  const announced: JsonObject = { ...item, status: 'in_progress' }
  // The picture itself comes once.
  return item.type === 'image_generation_call' ? { ...announced, result: null } : announced
}

/** What carries the signature of a call, which has no field for it; undefined when it has none. */
export function signatureItem(
  part: Part,
  base: string,
  outputIndex: number,
): JsonObject | undefined {
  if (part.type !== 'toolCall' || part.signature === undefined) return undefined
  return callSignatureItem(part.signature, itemId('rs', base, outputIndex))
}

/** @param callId where the item does not stand directly before its call. */
export function callSignatureItem(signature: Signature, id: string, callId?: string): JsonObject {
  return { id, type: 'reasoning', summary: [], encrypted_content: sealCall(signature, callId) }
}
