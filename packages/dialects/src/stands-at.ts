/** Whether `text` is what `bytes` hold from `at` on. */
export function standsAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let offset = 0; offset < text.length; offset++) {
    if (bytes[at + offset] !== text[offset]) return false
  }
  return true
}
