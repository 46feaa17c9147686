// Ids of tool calls for servers that take exactly nine letters and digits.

const shortId = /^[a-zA-Z0-9]{9}$/
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

export function isShortCallId(id: string): boolean {
  return shortId.test(id)
}

/** The id itself when it is short, else one that is always the same for it. */
export function shortCallId(id: string): string {
  if (isShortCallId(id)) return id
  // 62^9 is a little more than 2^53.
  let rest = hash53(id)
  let short = ''
  for (let count = 0; count < 9; count++) {
    short += letters[rest % letters.length]
    rest = Math.floor(rest / letters.length)
  }
  return short
}

/** Two FNV-1a hashes of 32 bits from different starts, as one number of 53 bits. */
function hash53(text: string): number {
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x85ebca6b)
  }
  high ^= high >>> 15
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0)
}
