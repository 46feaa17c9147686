// A provider's signature on its way through a dialect of another vendor: `hub1.<vendor>.<base64url>`.
// The payload is the signature's value; with a NUL and the model behind it when the model is known.

import type { Signature, WireTarget } from '@aigne-hub/protocol'
import { fromBase64, toBase64 } from '@aigne-hub/protocol'
import type { Losses } from './losses.ts'

const prefix = 'hub1.'
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The signature as text that callers keep and send back, whatever it holds. */
export function wrapSignature({ value, vendor, model }: Signature): string {
  const payload = model === undefined && !value.includes('\0') ? value : `${value}\0${model ?? ''}`
  return `${prefix}${vendor}.${toBase64(encoder.encode(payload), true)}`
}

/** The signature in what `wrapSignature` wrote; undefined for any other text. */
export function unwrapSignature(text: string): Signature | undefined {
  if (!text.startsWith(prefix)) return undefined
  const dot = text.lastIndexOf('.')
  const vendor = text.slice(prefix.length, dot)
  const bytes = fromBase64(text.slice(dot + 1))
  if (vendor === '' || dot < prefix.length || bytes === undefined) return undefined
  let payload: string
  try {
    payload = decoder.decode(bytes)
  } catch {
    return undefined
  }
  const end = payload.lastIndexOf('\0')
  if (end < 0) return { value: payload, vendor }
  const model = payload.slice(end + 1)
  return { value: payload.slice(0, end), vendor, ...(model === '' ? {} : { model }) }
}

/** The value of a signature that the target can verify: its own. Others are lost. */
export function ownSignature(
  signature: Signature | undefined,
  target: WireTarget,
  losses: Losses,
): string | undefined {
  if (signature === undefined) return undefined
  if (signature.vendor === target.provider) return signature.value
  losses.hint('signature')
  return undefined
}

/** A signature as a caller sent it: unwrapped, or else `vendor`'s own, whose dialect this is. */
export function callerSignature(raw: string, vendor: string): Signature {
  return unwrapSignature(raw) ?? { value: raw, vendor }
}
