import type { ShownImage } from './chat-types.ts'
import { readImageSize } from './image-size.ts'

const dataUrl = /^data:[\w.+-]+\/[\w.+-]+(?:;[\w=.-]+)*;base64,/i

/** The bytes of a data URL, or undefined for any other address. */
export function dataOf(url: string): Buffer | undefined {
  const prefix = dataUrl.exec(url.slice(0, 256))
  return prefix ? Buffer.from(url.slice(prefix[0].length), 'base64') : undefined
}

const lowTokens = 85
const tileTokens = 170
const tileSize = 512

/**
 * What an image costs, as OpenAI's vision guide counts for gpt-4o: 85, and in high detail 170 for
 * every tile of 512 pixels once it fits 2048 × 2048 and its shorter side is at most 768.
 */
export function imageTokens({ url, detail }: ShownImage): number {
  const bytes = detail === 'low' ? undefined : dataOf(url)
  const size = bytes && readImageSize(bytes)
  if (!size) return lowTokens
  const fits = Math.min(1, 2048 / Math.max(size.width, size.height))
  const scale = Math.min(fits, 768 / Math.min(size.width, size.height))
  const tiles = (length: number) => Math.max(1, Math.ceil((length * scale) / tileSize))
  return lowTokens + tileTokens * tiles(size.width) * tiles(size.height)
}
