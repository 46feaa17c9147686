// Base64 (RFC 4648) without the host's help: `Uint8Array.prototype.toBase64` is missing from Node 24,
// and `btoa` wants a string of bytes. Reading takes both alphabets, with or without padding.

const standard = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const ascii = new TextDecoder()
const codes = new TextEncoder().encode(standard)
const urlCodes = new TextEncoder().encode(standard.replace('+/', '-_'))
const EQUALS = 0x3d
const invalid = 255

const values = new Uint8Array(128).fill(invalid)
codes.forEach((code, value) => {
  values[code] = value
})
urlCodes.forEach((code, value) => {
  values[code] = value
})

/** `bytes` in the standard alphabet, padded; with `url` in the URL alphabet, without padding. */
export function toBase64(bytes: Uint8Array, url = false): string {
  const alphabet = url ? urlCodes : codes
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4)
  let to = 0
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    out[to++] = alphabet[group >> 18] as number
    out[to++] = alphabet[(group >> 12) & 63] as number
    out[to++] = alphabet[(group >> 6) & 63] as number
    out[to++] = alphabet[group & 63] as number
  }
  const padding = (3 - (bytes.length % 3)) % 3
  if (url) return ascii.decode(out.subarray(0, to - padding))
  out.fill(EQUALS, to - padding)
  return ascii.decode(out)
}

/** The bytes of `text`, or undefined when it is not base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  let length = text.length
  while (length > 0 && text.charCodeAt(length - 1) === EQUALS) length--
  if (length % 4 === 1) return undefined
  const out = new Uint8Array(Math.floor((length * 3) / 4))
  let to = 0
  let group = 0
  for (let at = 0; at < length; at++) {
    const value = values[text.charCodeAt(at)] ?? invalid
    if (value === invalid) return undefined
    group = (group << 6) | value
    if ((at & 3) === 3) {
      out[to++] = group >> 16
      out[to++] = (group >> 8) & 255
      out[to++] = group & 255
      group = 0
    }
  }
  if ((length & 3) === 2) out[to] = group >> 4
  if ((length & 3) === 3) {
    out[to++] = group >> 10
    out[to] = (group >> 2) & 255
  }
  return out
}

/** How many bytes the text stands for. */
export function base64Length(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.floor((text.length * 3) / 4) - padding
}
