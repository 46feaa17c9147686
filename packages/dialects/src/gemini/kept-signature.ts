// The one text that callers keep beside a part, its signature. A thought that its provider encrypted has
// no other place here, so it travels there too, under a vendor of our own.

import { isJsonObject, type Part, type ReasoningPart, type Signature } from '@aigne-hub/protocol'
import { wrapSignature } from '../signature.ts'
import { parsed } from './parts.ts'

/** No provider is called so: ids have no slash. */
const sealedVendor = 'hub/thought'

/** What a caller keeps of a part; undefined when there is nothing to keep. */
export function keptSignature(part: Part): string | undefined {
  const { signature } = part
  if (part.type !== 'reasoning' || part.redacted === undefined) {
    return signature && wrapSignature(signature)
  }
  const value = JSON.stringify({ redacted: part.redacted, signature })
  return wrapSignature({ vendor: sealedVendor, value })
}

/** Puts what came in the place of a part's signature back where it belongs. */
export function unseal(part: Part): void {
  const { signature: seal } = part
  if (seal?.vendor !== sealedVendor) return
  delete part.signature
  const kept = parsed(seal.value)
  if (part.type !== 'reasoning' || !isJsonObject(kept) || typeof kept.redacted !== 'string') return
  const restored: Pick<ReasoningPart, 'redacted' | 'signature'> = { redacted: kept.redacted }
  const signature = signatureIn(kept.signature)
  if (signature) restored.signature = signature
  Object.assign(part, restored)
}

/** Whatever a caller put there: only what is of the right type counts. */
function signatureIn(value: unknown): Signature | undefined {
  if (!isJsonObject(value)) return undefined
  const { value: proof, vendor, model } = value
  if (typeof proof !== 'string' || typeof vendor !== 'string') return undefined
  return { value: proof, vendor, ...(typeof model === 'string' && { model }) }
}
