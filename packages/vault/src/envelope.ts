import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

// AES-256-GCM (NIST SP 800-38D): 96-bit nonces drawn at random, 128-bit tags. A sealed text is base64 of
// version, nonce, ciphertext and tag.
const algorithm = 'aes-256-gcm'
const version = 1
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const headBytes = 1 + nonceBytes

/** What cannot be opened: sealed with another key or for another place, or changed since. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
}

/** Seals texts with one key. */
export interface Envelope {
  /** @param context where the text belongs, such as its row: it opens nowhere else. */
  seal(text: string, context: string): string
  /** @throws SealBroken */
  open(sealed: string, context: string): string
}

/**
 * An envelope with a key of its own, derived from the master key (HKDF-SHA-256, RFC 5869): what one
 * purpose seals no other can open.
 * @param masterKey at least 32 bytes.
 * @throws RangeError when the master key is shorter.
 */
export function createEnvelope(masterKey: Uint8Array, purpose: string): Envelope {
  if (masterKey.length < keyBytes) {
    throw new RangeError(`A master key has at least ${keyBytes} bytes, not ${masterKey.length}.`)
  }
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', `aigne-hub/${purpose}`, keyBytes))
  return {
    seal(text, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
      cipher.setAAD(Buffer.from(context))
      const parts = [Buffer.of(version), nonce, cipher.update(text, 'utf8'), cipher.final()]
      return Buffer.concat([...parts, cipher.getAuthTag()]).toString('base64')
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64')
      if (bytes[0] !== version || bytes.length < headBytes + tagBytes) {
        throw new SealBroken('This is no sealed text.')
      }
      const nonce = bytes.subarray(1, headBytes)
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(bytes.subarray(-tagBytes))
      const body = bytes.subarray(headBytes, -tagBytes)
      try {
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
      } catch (cause) {
        const reason = 'it was sealed with another key or for another place, or was changed since'
        throw new SealBroken(`The sealed text cannot be opened: ${reason}.`, { cause })
      }
    },
  }
}
