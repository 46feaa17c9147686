import { crc32, deflateSync } from 'node:zlib'
import { createRandom, type Random } from '../random.ts'

const gradientColours = 128
const patternColours = 128
const cells = 8

/**
 * A diagonal gradient with a symmetrical pattern of cells on it: one palette index a pixel.
 * @param fillerBytes how much is in the file that no viewer looks at
 */
export function drawPng(
  { width, height }: { width: number; height: number },
  random: Random,
  fillerBytes = 0,
): Buffer {
  const palette = paletteOf(random)
  const pattern = patternOf(random)
  const raw = Buffer.alloc((width + 1) * height)
  const side = Math.min(width, height) * 0.75
  const left = (width - side) / 2
  const top = (height - side) / 2
  const columns = Int8Array.from({ length: width }, (_, x) => cellAt(x - left, side))
  const shades = Float64Array.from({ length: width }, (_, x) => x / width)
  for (let y = 0; y < height; y++) {
    const row = cellAt(y - top, side)
    const base = y / height
    let at = y * (width + 1) + 1
    for (let x = 0; x < width; x++) {
      const shade = (((shades[x] ?? 0) + base) * gradientColours) >> 1
      const column = columns[x] ?? -1
      const isOn = row >= 0 && column >= 0 && pattern[row * cells + column] === 1
      raw[at++] = isOn ? shade + gradientColours : shade
    }
  }
  return pngOf(width, height, palette, raw, fillerBytes)
}

function cellAt(offset: number, side: number): number {
  const cell = Math.floor((offset / side) * cells)
  return cell >= 0 && cell < cells ? cell : -1
}

/** Half of the cells, mirrored. */
function patternOf(random: Random): Uint8Array {
  const pattern = new Uint8Array(cells * cells)
  for (let row = 0; row < cells; row++) {
    for (let column = 0; column < cells / 2; column++) {
      const isOn = random.below(2)
      pattern[row * cells + column] = isOn
      pattern[row * cells + cells - 1 - column] = isOn
    }
  }
  return pattern
}

/** Two gradients, one for the ground and one for the pattern. */
function paletteOf(random: Random): Buffer {
  const palette = Buffer.alloc((gradientColours + patternColours) * 3)
  const [ground, groundEnd, mark, markEnd] = [0, 0, 0, 0].map(() =>
    [0, 0, 0].map(() => random.below(256)),
  )
  const fill = (start: number, count: number, from: number[] = [], to: number[] = []) => {
    for (let index = 0; index < count; index++) {
      for (let sample = 0; sample < 3; sample++) {
        const [low, high] = [from[sample] ?? 0, to[sample] ?? 0]
        palette[(start + index) * 3 + sample] = low + ((high - low) * index) / (count - 1)
      }
    }
  }
  fill(0, gradientColours, ground, groundEnd)
  fill(gradientColours, patternColours, mark, markEnd)
  return palette
}

const signature = Buffer.from('89504e470d0a1a0a', 'hex')

/** Source: W3C PNG, 11.2 and 11.3. Colour type 3: one byte a pixel, an index into the palette. */
function pngOf(
  width: number,
  height: number,
  palette: Buffer,
  raw: Buffer,
  fillerBytes: number,
): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('tEXt', Buffer.from('Comment\0Drawn by a simulator', 'latin1')),
    ...(fillerBytes === 0 ? [] : [chunk('fiLl', filler(fillerBytes))]),
    chunk('IDAT', deflateSync(raw, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const fillerPieceBytes = 64 * 1024

/** Bytes that no compression makes less of, within the reach of the usual ones. */
function filler(totalBytes: number): Buffer {
  const piece = Buffer.alloc(fillerPieceBytes)
  const random = createRandom(0)
  for (let at = 0; at < piece.length; at++) piece[at] = random.below(256)
  return Buffer.alloc(totalBytes, piece)
}

function chunk(name: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const framed = Buffer.alloc(content.length + 8)
  framed.writeUInt32BE(data.length, 0)
  content.copy(framed, 4)
  framed.writeUInt32BE(crc32(content), content.length + 4)
  return framed
}
