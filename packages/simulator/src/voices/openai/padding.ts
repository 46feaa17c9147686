import type { Random } from '../../random.ts'

const longestPadding = 12

/** OpenAI pads its chunks, so that their size does not give away their text. */
export function createPadding(random: Random): () => string {
  const text = random.id(64)
  let at = 0
  return () => {
    at = (at * 5 + 7) % (64 - longestPadding)
    return `,"obfuscation":"${text.slice(at, at + 1 + (at % longestPadding))}"`
  }
}
