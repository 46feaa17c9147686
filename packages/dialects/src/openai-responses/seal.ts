// What `encrypted_content` holds on our own surface: everything a caller must send back unread. One
// item has one such field, so its pieces stand side by side, each wrapped like a signature and parted
// by a space. Vendors of our own say what a piece is; no provider is called so, since ids have no slash.

import type { ReasoningPart, Signature } from '@aigne-hub/protocol'
import { unwrapSignature, wrapSignature } from '../signature.ts'

/** Thinking that its provider encrypted. */
const redactedPiece = 'hub/redacted'
/** The id of the tool call whose signature this is. */
const callPiece = 'hub/call'
/** The signature is that of a thought, though there is nothing else in it. */
const thoughtPiece = 'hub/thought'
/** What stands in the place of the summary is the text of the thought. */
const textPiece = 'hub/text'

export interface Seal {
  signature?: Signature
  redacted?: string
  callId?: string
  /** Nothing but a signature: without a thought around it, it belongs to the call behind it. */
  isLoose?: boolean
  /** The first paragraph of the summary is the text of the thought. */
  showsText?: boolean
}

/**
 * The text for `encrypted_content` of a thought; undefined when there is nothing to keep.
 * @param showsText the first paragraph of its summary is the text of the thought.
 */
export function sealThought(part: ReasoningPart, showsText = false): string | undefined {
  const { signature, redacted, text, summary } = part
  const pieces: string[] = []
  if (redacted !== undefined) pieces.push(wrapSignature({ value: redacted, vendor: redactedPiece }))
  if (signature) pieces.push(wrapSignature(signature))
  const isLoose = pieces.length === 1 && signature !== undefined
  if (isLoose && text === undefined && summary === undefined) {
    pieces.push(wrapSignature({ value: '', vendor: thoughtPiece }))
  }
  if (pieces.length === 0) return undefined
  if (showsText) pieces.push(wrapSignature({ value: '', vendor: textPiece }))
  return pieces.join(' ')
}

/** The same for a call's signature. Directly before its call it needs no `callId`. */
export function sealCall(signature: Signature, callId?: string): string {
  const sealed = wrapSignature(signature)
  if (callId === undefined) return sealed
  return `${sealed} ${wrapSignature({ value: callId, vendor: callPiece })}`
}

/** What a caller's `encrypted_content` stands for. Without our wrapping it is OpenAI's own. */
export function readSeal(raw: string): Seal {
  const seal: Seal = {}
  const pieces = raw.split(' ')
  for (const piece of pieces) {
    const found = unwrapSignature(piece)
    if (!found) return { signature: { value: raw, vendor: 'openai' } }
    if (found.vendor === redactedPiece) seal.redacted = found.value
    else if (found.vendor === callPiece) seal.callId = found.value
    else if (found.vendor === textPiece) seal.showsText = true
    else if (found.vendor !== thoughtPiece) seal.signature = found
  }
  if (pieces.length === 1 && seal.signature) seal.isLoose = true
  return seal
}
