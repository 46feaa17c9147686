// Sizes and shapes of pictures and films: what a caller names in pixels or as a ratio, and the nearest
// that a provider has a word for.

export interface Size {
  width: number
  height: number
}

/** How far a shape may be from the one that was asked for: a fifth of it. */
const farthest = Math.log(1.2)
/** Full HD has 1.98 times the pixels of `1K`, and is meant to be larger; 1536x1024 has 1.5 times. */
const mostStretch = 1.9

/** The shapes for which most providers have words. */
export const commonRatios: readonly string[] = [
  '1:1',
  '2:3',
  '3:2',
  '3:4',
  '4:3',
  '4:5',
  '5:4',
  '9:16',
  '16:9',
  '21:9',
]

/** `WIDTHxHEIGHT` or `WIDTH:HEIGHT`; undefined for anything else (`auto`). */
export function parseSize(text: string | undefined): Size | undefined {
  const [, width, height] = /^(\d{1,5}(?:\.\d)?)[x:](\d{1,5}(?:\.\d)?)$/.exec(text ?? '') ?? []
  const size = { width: Number(width), height: Number(height) }
  return size.width > 0 && size.height > 0 ? size : undefined
}

/** The shape in the smallest whole numbers: `16:9` of 1920 by 1080. */
export function ratioOf({ width, height }: Size): string {
  let [divisor, rest] = [width, height]
  while (rest > 0) [divisor, rest] = [rest, divisor % rest]
  return `${width / divisor}:${height / divisor}`
}

/** Whether two sizes are alike in shape, as far as anybody sees. */
export function isSameShape(one: Size, other: Size): boolean {
  return Math.abs(shapeOf(one) - shapeOf(other)) < Math.log(1.05)
}

const shapeOf = ({ width, height }: Size) => Math.log(width / height)

/**
 * Of words such as `16:9` or `1024x768` the one whose shape is the nearest; of those that are as near, the
 * one that is as large. Undefined when none is within a fifth of the shape.
 */
export function nearestShape(size: Size, words: readonly string[]): string | undefined {
  let best: string | undefined
  let bestShape = farthest
  let bestArea = Number.POSITIVE_INFINITY
  const area = Math.log(size.width * size.height)
  for (const word of words) {
    const candidate = parseSize(word)
    if (!candidate) continue
    const shape = Math.abs(shapeOf(candidate) - shapeOf(size))
    const areaAway = Math.abs(Math.log(candidate.width * candidate.height) - area)
    // Two words for one shape differ in the last digits.
    const isNearer = shape < bestShape - 1e-9
    if (isNearer || (shape <= bestShape + 1e-9 && areaAway < bestArea)) {
      best = word
      bestShape = shape
      bestArea = areaAway
    }
  }
  return best
}

/**
 * Of words such as `512`, `1K` or `2k` (pixels along the side of a square), smallest first: the first that
 * gives more than half of the pixels asked for, else the last.
 */
export function scaleFor({ width, height }: Size, words: readonly string[]): string | undefined {
  return words.find((word) => width * height < pixelsOf(word) ** 2 * mostStretch) ?? words.at(-1)
}

function pixelsOf(word: string): number {
  return /k$/i.test(word) ? Number.parseInt(word, 10) * 1024 : Number(word)
}

/** The size of this shape that has as many pixels as a square with this side, in steps of 16 pixels. */
export function sizeOfShape({ width, height }: Size, side: number): Size {
  const stretch = Math.sqrt(width / height)
  const inSteps = (pixels: number) => Math.max(1, Math.round(pixels / 16)) * 16
  return { width: inSteps(side * stretch), height: inSteps(side / stretch) }
}

/**
 * Of resolutions such as `720p` or `4k` the nearest to a size, which is in pixels or such a word itself.
 * Undefined when the size is neither.
 */
export function nearestLines(
  size: string | undefined,
  words: readonly string[],
): string | undefined {
  const lines = linesOf(size)
  if (lines === undefined) return undefined
  const away = (word: string) => Math.abs(Math.log((linesOf(word) ?? 1) / lines))
  return words.reduce((best, word) => (away(word) < away(best) ? word : best))
}

/** The lines of a film, which are the pixels along its shorter side; undefined when `size` says none. */
export function linesOf(size: string | undefined): number | undefined {
  const pixels = parseSize(size)
  if (pixels) return Math.min(pixels.width, pixels.height)
  if (/^4k$/i.test(size ?? '')) return 2160
  const lines = Number(/^(\d{3,4})p$/i.exec(size ?? '')?.[1])
  return lines > 0 ? lines : undefined
}
