import { createHmac } from 'node:crypto'

const halfBytes = 16

/** Nothing secret: the proof has to be refused when it is altered, not withstand an attacker. */
function proofOf(bytes: string | Uint8Array, purpose: string): Buffer {
  return createHmac('sha256', purpose).update(bytes).digest().subarray(0, halfBytes)
}

/**
 * A proof that `reasoning` is the simulator's own, opaque to callers: base64 of a digest of the text
 * and of a digest of that digest. The same text has the same proof on every run.
 */
export function signatureOf(reasoning: string): string {
  const digest = proofOf(reasoning, 'simulated reasoning')
  return Buffer.concat([digest, proofOf(digest, 'simulated signature')]).toString('base64')
}

/**
 * Whether `signature` was made by `signatureOf` for `reasoning`. An empty text goes with the proof of
 * any: it is what a caller replays who never saw the reasoning.
 */
export function isSignatureOf(signature: string, reasoning: string): boolean {
  const bytes = Buffer.from(signature, 'base64')
  const digest = bytes.subarray(0, halfBytes)
  if (!proofOf(digest, 'simulated signature').equals(bytes.subarray(halfBytes))) return false
  return reasoning === '' || proofOf(reasoning, 'simulated reasoning').equals(digest)
}
