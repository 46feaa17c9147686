// What a model thought: `thinking` and `redacted_thinking` blocks. Callers keep one text beside a
// thought, its signature; whatever else it takes to give a thought of another vendor back travels there
// as well, under a vendor of our own.

import {
  isJsonObject,
  type JsonObject,
  type ReasoningPart,
  type Signature,
} from '@aigne-hub/protocol'
import { otherFields } from '../read-field.ts'
import { callerSignature, unwrapSignature, wrapSignature } from '../signature.ts'
import type { WriteContext } from './write-context.ts'

const id = 'anthropic-messages'
/** Whose signatures come unwrapped from a caller. */
export const ownVendor = 'anthropic'
/** No provider is called so: ids have no slash. */
const packedVendor = 'hub/part'
const unknownVendor = 'hub/unknown'

/** What a packed signature holds: the rest of a thought, or the signature of a call. */
interface Packed {
  summary?: string[]
  redacted?: string
  id?: string
  signature?: Signature
  /** The id of the call that the signature belongs to. */
  call?: string
}

function pack(packed: Packed): string {
  return wrapSignature({ vendor: packedVendor, value: JSON.stringify(packed) })
}

/** Whatever a caller put there: only what is of the right type counts. */
function unpack(value: string): Packed {
  let read: unknown
  try {
    read = JSON.parse(value)
  } catch {
    return {}
  }
  if (!isJsonObject(read)) return {}
  const { summary, redacted, id: partId, call, signature } = read
  const packed: Packed = {}
  if (Array.isArray(summary)) packed.summary = summary.filter((text) => typeof text === 'string')
  if (typeof redacted === 'string') packed.redacted = redacted
  if (typeof partId === 'string') packed.id = partId
  if (typeof call === 'string') packed.call = call
  if (isJsonObject(signature)) {
    const { value: proof, vendor, model } = signature
    if (typeof proof === 'string' && typeof vendor === 'string') {
      packed.signature = { value: proof, vendor, ...(typeof model === 'string' && { model }) }
    }
  }
  return packed
}

/** What callers see of a thought: its text, or its summary. */
function shownText({ text, summary }: ReasoningPart): string {
  return text || (summary?.join('\n\n') ?? '')
}

/** What a caller keeps beside a thought; empty when there is nothing to keep. */
export function keptSignature(part: ReasoningPart): string {
  const { text, summary, redacted, id: partId, signature } = part
  // Without text it must not look like the signature of a call, which is plain.
  const isBare = !text && signature !== undefined && signature.vendor !== ownVendor
  if (summary === undefined && redacted === undefined && partId === undefined && !isBare) {
    return signature === undefined ? '' : wrapSignature(signature)
  }
  const packed: Packed = {}
  if (summary) packed.summary = summary
  if (redacted !== undefined) packed.redacted = redacted
  if (partId !== undefined) packed.id = partId
  if (signature) packed.signature = signature
  return pack(packed)
}

/** Whether a thought is nothing but what its provider encrypted, as `redacted_thinking` is. */
export function isRedacted({
  text,
  summary,
  redacted,
  id: partId,
  signature,
}: ReasoningPart): boolean {
  if (redacted === undefined || text || summary !== undefined || partId !== undefined) return false
  return signature === undefined || signature.value === ''
}

/** A thought for a caller; undefined when there is nothing in it. */
export function writeThought(part: ReasoningPart): JsonObject | undefined {
  const others = part.native?.[id]
  const base = isJsonObject(others) ? others : {}
  if (isRedacted(part)) {
    const vendor = part.signature?.vendor ?? unknownVendor
    const data = wrapSignature({ ...part.signature, vendor, value: part.redacted ?? '' })
    return { ...base, type: 'redacted_thinking', data }
  }
  const thinking = shownText(part)
  const signature = keptSignature(part)
  if (thinking === '' && signature === '') return undefined
  return { ...base, type: 'thinking', thinking, signature }
}

/** The block before a call of a vendor who signs calls. */
export function writeCallSignature(signature: Signature): JsonObject {
  return { type: 'thinking', thinking: '', signature: wrapSignature(signature) }
}

/** The same for a call that has gone out already. */
export function writeLateCallSignature(signature: Signature, call: string): JsonObject {
  return { type: 'thinking', thinking: '', signature: pack({ call, signature }) }
}

/** A thought that a caller sends back, or the signature of a call. */
export type CallerThought =
  | { part: ReasoningPart; nextCall?: Signature }
  | { call: string; signature: Signature }

/** @param block of which `thinking` and `signature` are texts. */
export function readCallerThought(block: JsonObject): CallerThought {
  const text = block.thinking as string
  const raw = (block.signature ?? '') as string
  const others = otherFields(block, ['type', 'thinking', 'signature', 'cache_control'])
  const part: ReasoningPart = { type: 'reasoning' }
  if (others) part.native = { [id]: others }
  if (raw === '') return { part: { ...part, text } }
  const signature = callerSignature(raw, ownVendor)
  if (signature.vendor !== packedVendor) {
    if (text !== '') part.text = text
    part.signature = signature
    const isForCall = text === '' && signature.vendor !== ownVendor
    return isForCall ? { part, nextCall: signature } : { part }
  }
  const { call, ...rest } = unpack(signature.value)
  if (call !== undefined && rest.signature) return { call, signature: rest.signature }
  // A summary is shown in the place of a text that is not there.
  if (text !== '' && text !== rest.summary?.join('\n\n')) part.text = text
  return { part: { ...part, ...rest } }
}

/** `redacted_thinking` as a caller sends it back. */
export function readCallerRedacted(data: string): ReasoningPart {
  const { value, ...signer } = unwrapSignature(data) ?? { value: data, vendor: ownVendor }
  const part: ReasoningPart = { type: 'reasoning', redacted: value }
  if (signer.vendor !== unknownVendor) part.signature = { ...signer, value: '' }
  return part
}

/**
 * A thought in the history that goes to a provider. Only what the provider itself has signed goes back;
 * anything else would be refused, and is dropped.
 */
export function writeOwnThought(
  part: ReasoningPart,
  context: WriteContext,
): JsonObject | undefined {
  const { signature, redacted, text } = part
  const { target, losses } = context
  if (part.cache) losses.hint('cache_control')
  if (signature === undefined || signature.vendor !== target.provider) {
    losses.hint(signature === undefined ? 'reasoning' : 'signature')
    return undefined
  }
  const others = part.native?.[id]
  const base = isJsonObject(others) ? others : {}
  if (redacted !== undefined && signature.value === '') {
    return { ...base, type: 'redacted_thinking', data: redacted }
  }
  if (signature.value === '') {
    losses.hint('signature')
    return undefined
  }
  return { ...base, type: 'thinking', thinking: text ?? '', signature: signature.value }
}
