const QUOTE = 0x22
const encoder = new TextEncoder()
const keys = ['"b64_json"', '"url"'].map((key) => encoder.encode(key))

function standsAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let offset = 0; offset < text.length; offset++) {
    if (bytes[at + offset] !== text[offset]) return false
  }
  return true
}

/** Whether the next byte that is no white space is a colon, and what follows it no `null`. */
function hasValue(bytes: Uint8Array, from: number): boolean {
  let at = from
  const skipSpace = () => {
    while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09)
      at++
  }
  skipSpace()
  if (bytes[at++] !== 0x3a) return false
  skipSpace()
  return bytes[at] === QUOTE
}

/**
 * How many pictures an answer holds, without parsing it: keys that name one. A picture's own megabytes
 * hold no quote, so the search runs at the speed of `indexOf`.
 */
export function countImages(body: Uint8Array): number {
  const counts = [0, 0]
  for (let at = body.indexOf(QUOTE); at >= 0; at = body.indexOf(QUOTE, at + 1)) {
    keys.forEach((key, kind) => {
      if (standsAt(body, at, key) && hasValue(body, at + key.length)) {
        counts[kind] = (counts[kind] ?? 0) + 1
      }
    })
  }
  return Math.max(...counts)
}
