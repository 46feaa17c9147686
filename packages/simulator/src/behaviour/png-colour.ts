// The colours of a PNG. Source: W3C PNG, 9 (filtering), 11.2 (chunks). Reads what cameras and
// browsers write: 8 bits a sample, not interlaced.

import { inflateSync } from 'node:zlib'

/** Pictures that unpack to more than this are not looked into. */
const maxPixelBytes = 64 * 1024 * 1024
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

interface PngHeader {
  width: number
  height: number
  colourType: number
  /** Bytes of one pixel. */
  samples: number
}

export type Colour = readonly [red: number, green: number, blue: number]

interface Decoded extends PngHeader {
  /** Row by row. */
  pixels: Buffer
  palette: Buffer | undefined
}

function decode(png: Buffer): Decoded | undefined {
  const header = readHeader(png)
  if (!header) return undefined
  let palette: Buffer | undefined
  const packed: Buffer[] = []
  for (let at = 8; at + 12 <= png.length; ) {
    const length = png.readUInt32BE(at)
    const data = png.subarray(at + 8, at + 8 + length)
    const name = png.toString('latin1', at + 4, at + 8)
    if (name === 'PLTE') palette = data
    if (name === 'IDAT') packed.push(data)
    at += 12 + length
  }
  const pixels = unpack(Buffer.concat(packed), header)
  return pixels && { ...header, pixels, palette }
}

/** The colour most pixels have, roughly; undefined when it cannot be told. */
export function mainColour(png: Buffer): Colour | undefined {
  const decoded = decode(png)
  return decoded && mostFrequent(decoded)
}

/** Whether every pixel is black or white, and none transparent; undefined when it cannot be told. */
export function isBlackAndWhite(png: Buffer): boolean | undefined {
  const decoded = decode(png)
  if (!decoded) return undefined
  const { pixels, samples, colourType, palette } = decoded
  for (let at = 0; at < pixels.length; at += samples) {
    const colour = colourAt(pixels, at, colourType, palette)
    if (!colour) return false
    const [red, green, blue] = colour
    if (red !== green || green !== blue || (red !== 0 && red !== 255)) return false
  }
  return true
}

function readHeader(png: Buffer): PngHeader | undefined {
  if (png.length < 33) return undefined
  const [depth, colourType, interlace] = [png[24], png[25] ?? -1, png[28]]
  const samples = samplesOf[colourType]
  if (depth !== 8 || interlace !== 0 || samples === undefined) return undefined
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), colourType, samples }
}

/** The pixels, row by row without their filter bytes. */
function unpack(packed: Buffer, { width, height, samples }: PngHeader): Buffer | undefined {
  const rowBytes = width * samples
  const total = (rowBytes + 1) * height
  if (total > maxPixelBytes) return undefined
  let raw: Buffer
  try {
    raw = inflateSync(packed, { maxOutputLength: total })
  } catch {
    return undefined
  }
  if (raw.length < total) return undefined
  const pixels = Buffer.alloc(rowBytes * height)
  for (let row = 0; row < height; row++) {
    const filter = raw[row * (rowBytes + 1)] ?? 0
    const from = row * (rowBytes + 1) + 1
    const to = row * rowBytes
    for (let at = 0; at < rowBytes; at++) {
      const left = at < samples ? 0 : (pixels[to + at - samples] ?? 0)
      const up = row === 0 ? 0 : (pixels[to + at - rowBytes] ?? 0)
      const upLeft = at < samples || row === 0 ? 0 : (pixels[to + at - rowBytes - samples] ?? 0)
      pixels[to + at] = (raw[from + at] ?? 0) + predicted(filter, left, up, upLeft)
    }
  }
  return pixels
}

function predicted(filter: number, left: number, up: number, upLeft: number): number {
  switch (filter) {
    case 1:
      return left
    case 2:
      return up
    case 3:
      return (left + up) >> 1
    case 4:
      return paeth(left, up, upLeft)
    default:
      return 0
  }
}

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft
  const toLeft = Math.abs(estimate - left)
  const toUp = Math.abs(estimate - up)
  const toUpLeft = Math.abs(estimate - upLeft)
  if (toLeft <= toUp && toLeft <= toUpLeft) return left
  return toUp <= toUpLeft ? up : upLeft
}

const mostSamples = 100_000

/** Counts pixels in 4096 boxes of similar colours and takes the average of the fullest. */
function mostFrequent({ pixels, colourType, samples, palette }: Decoded): Colour | undefined {
  const count = pixels.length / samples
  const step = Math.max(1, Math.ceil(count / mostSamples))
  const boxes = new Map<number, [pixels: number, red: number, green: number, blue: number]>()
  for (let pixel = 0; pixel < count; pixel += step) {
    const colour = colourAt(pixels, pixel * samples, colourType, palette)
    if (!colour) continue
    const [red, green, blue] = colour
    const key = ((red >> 4) << 8) | ((green >> 4) << 4) | (blue >> 4)
    const box = boxes.get(key)
    if (box) {
      box[0]++
      box[1] += red
      box[2] += green
      box[3] += blue
    } else boxes.set(key, [1, red, green, blue])
  }
  let fullest: [number, number, number, number] | undefined
  for (const box of boxes.values()) if (!fullest || box[0] > fullest[0]) fullest = box
  if (!fullest) return undefined
  const [size, ...sums] = fullest
  const [red, green, blue] = sums.map((sum) => Math.round(sum / size))
  return [red ?? 0, green ?? 0, blue ?? 0]
}

/** Undefined for a pixel that is mostly transparent. */
function colourAt(
  pixels: Buffer,
  at: number,
  colourType: number,
  palette: Buffer | undefined,
): Colour | undefined {
  const first = pixels[at] ?? 0
  switch (colourType) {
    case 0:
      return [first, first, first]
    case 4:
      return (pixels[at + 1] ?? 0) < 128 ? undefined : [first, first, first]
    case 3:
      return [
        palette?.[first * 3] ?? 0,
        palette?.[first * 3 + 1] ?? 0,
        palette?.[first * 3 + 2] ?? 0,
      ]
    default: {
      if (colourType === 6 && (pixels[at + 3] ?? 0) < 128) return undefined
      return [first, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0]
    }
  }
}
