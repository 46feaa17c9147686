// One row of a PNG: its filter undone, and its alpha. Source: W3C PNG (third edition), 9 and 11.2. The
// first byte of a row names its filter.

export interface PixelFormat {
  bitDepth: number
  /** 0 = grey, 2 = colour, 3 = index into a palette, 4 and 6 = grey and colour with alpha. */
  colourType: number
}

/**
 * Undoes the row's filter, in place.
 * @param above the row before it, whose filter is undone; zeros before the first.
 * @param pixelBytes of a whole pixel, at least 1.
 * @throws RangeError for a filter that does not exist.
 */
export function unfilter(row: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  const filter = row[0] as number
  if (filter > 4) throw new RangeError(`There is no filter ${filter}.`)
  if (filter === 0) return
  for (let at = 1; at < row.length; at++) {
    const left = at > pixelBytes ? (row[at - pixelBytes] as number) : 0
    const up = above[at] as number
    let guess = filter === 1 ? left : up
    if (filter === 3) guess = (left + up) >> 1
    if (filter === 4)
      guess = paeth(left, up, at > pixelBytes ? (above[at - pixelBytes] as number) : 0)
    row[at] = (row[at] as number) + guess
  }
}

/** The one of the three that is the nearest to their plane. */
function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft)
  const toUp = Math.abs(left - upLeft)
  const toUpLeft = Math.abs(left + up - 2 * upLeft)
  if (toLeft <= toUp && toLeft <= toUpLeft) return left
  return toUp <= toUpLeft ? up : upLeft
}

/**
 * @param transparency the PNG's `tRNS`: the alpha of each entry of the palette, or the one colour that is
 *   transparent.
 * @param alpha of the row's pixels, filled in here.
 */
export function readAlpha(
  row: Uint8Array,
  { bitDepth, colourType }: PixelFormat,
  transparency: Uint8Array | undefined,
  alpha: Uint8Array,
): void {
  const bytes = bitDepth >> 3
  if (colourType === 4 || colourType === 6) {
    const channels = colourType === 4 ? 2 : 4
    const [step, first] = [channels * bytes, 1 + (channels - 1) * bytes]
    for (let x = 0; x < alpha.length; x++) alpha[x] = row[first + x * step] as number
    return
  }
  if (!transparency) {
    alpha.fill(255)
    return
  }
  if (colourType === 3) {
    for (let x = 0; x < alpha.length; x++)
      alpha[x] = transparency[sampleAt(row, bitDepth, x)] ?? 255
    return
  }
  const channels = colourType === 2 ? 3 : 1
  for (let x = 0; x < alpha.length; x++) {
    let isKey = true
    for (let channel = 0; channel < channels; channel++) {
      const key = ((transparency[channel * 2] ?? 0) << 8) | (transparency[channel * 2 + 1] ?? 0)
      if (sampleAt(row, bitDepth, x * channels + channel) !== key) isKey = false
    }
    alpha[x] = isKey ? 0 : 255
  }
}

function sampleAt(row: Uint8Array, bitDepth: number, index: number): number {
  if (bitDepth === 16) {
    return ((row[1 + index * 2] as number) << 8) | (row[2 + index * 2] as number)
  }
  if (bitDepth === 8) return row[1 + index] as number
  const bit = index * bitDepth
  const byte = row[1 + (bit >> 3)] as number
  return (byte >> (8 - bitDepth - (bit & 7))) & ((1 << bitDepth) - 1)
}
