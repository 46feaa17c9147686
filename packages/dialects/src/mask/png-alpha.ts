// How opaque the pixels of a PNG are. Source: W3C PNG (third edition). Rows are taken as they come out of
// the decompression, so a small file can never become a big one in memory.

import { Unzlib } from 'fflate'
import { joined } from '../frame-scanner.ts'
import type { Size } from '../image-size.ts'
import { type PixelFormat, readAlpha, unfilter } from './png-row.ts'

export interface PngAlpha extends Size {
  /** One byte a pixel, row by row: 0 = transparent, 255 = opaque. */
  alpha: Uint8Array
}

interface Header extends Size, PixelFormat {}

/** What every PNG begins with (PNG specification, 5.2). */
export const pngSignature: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const channelsOf = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
])
const depthsOf = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
])
/** What is decompressed at once: at most a thousand times as much comes of it. */
const inflatedAtOnce = 16 * 1024

/** Undefined for what is no PNG, is interlaced or damaged, or has more than `maxPixels`. */
export function readPngAlpha(bytes: Uint8Array, maxPixels: number): PngAlpha | undefined {
  if (!pngSignature.every((byte, at) => bytes[at] === byte)) return undefined
  let header: Header | undefined
  let transparency: Uint8Array | undefined
  // Together, however small the pieces: each that is decompressed costs the copy of a window of 32 KiB.
  const compressed: Uint8Array[] = []
  for (const { name, data } of chunksOf(bytes)) {
    if (name === 'IHDR') header = readHeader(data, maxPixels)
    if (header === undefined) return undefined
    if (name === 'tRNS') transparency = data
    if (name === 'IDAT') compressed.push(data)
  }
  if (header === undefined) return undefined
  const rows = new RowReader(header, transparency)
  return rows.push(joined(compressed)) && rows.isComplete ? rows : undefined
}

function* chunksOf(bytes: Uint8Array): Generator<{ name: string; data: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = pngSignature.length
  while (at + 12 <= bytes.length) {
    const end = at + 8 + view.getUint32(at)
    if (end > bytes.length) return
    yield {
      name: String.fromCharCode(...bytes.subarray(at + 4, at + 8)),
      data: bytes.subarray(at + 8, end),
    }
    at = end + 4
  }
}

function readHeader(data: Uint8Array, maxPixels: number): Header | undefined {
  if (data.length !== 13) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [bitDepth = 0, colourType = 0, ...methods] = data.subarray(8)
  if (!depthsOf.get(colourType)?.includes(bitDepth)) return undefined
  if (width === 0 || height === 0 || width * height > maxPixels) return undefined
  // Compression, filter, interlacing: there is one of each, and no interlacing is the usual one.
  return methods.every((method) => method === 0)
    ? { width, height, bitDepth, colourType }
    : undefined
}

/** Undoes compression and filters, and keeps of every row what its alpha says. */
class RowReader implements PngAlpha {
  readonly width: number
  readonly height: number
  readonly alpha: Uint8Array
  readonly #header: Header
  readonly #transparency: Uint8Array | undefined
  readonly #pixelBytes: number
  readonly #inflate: Unzlib
  /** The filter's byte and a row's bytes. */
  #row: Uint8Array
  #above: Uint8Array
  #filled = 0
  #y = 0

  constructor(header: Header, transparency: Uint8Array | undefined) {
    const { width, height, bitDepth, colourType } = header
    this.#header = header
    this.#transparency = transparency
    this.width = width
    this.height = height
    this.alpha = new Uint8Array(width * height)
    const pixelBits = (channelsOf.get(colourType) ?? 1) * bitDepth
    this.#pixelBytes = Math.max(1, pixelBits >> 3)
    const rowBytes = 1 + Math.ceil((width * pixelBits) / 8)
    this.#row = new Uint8Array(rowBytes)
    this.#above = new Uint8Array(rowBytes)
    this.#inflate = new Unzlib((chunk) => this.#take(chunk))
  }

  get isComplete(): boolean {
    return this.#y === this.height
  }

  /** False when the data cannot be read. What comes after the last row does not matter. */
  push(data: Uint8Array): boolean {
    try {
      for (let at = 0; at < data.length && !this.isComplete; at += inflatedAtOnce) {
        this.#inflate.push(data.subarray(at, at + inflatedAtOnce))
      }
      return true
    } catch {
      return false
    }
  }

  #take(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && !this.isComplete) {
      const piece = bytes.subarray(at, at + this.#row.length - this.#filled)
      this.#row.set(piece, this.#filled)
      this.#filled += piece.length
      at += piece.length
      if (this.#filled === this.#row.length) this.#endRow()
    }
  }

  #endRow(): void {
    unfilter(this.#row, this.#above, this.#pixelBytes)
    const start = this.#y * this.width
    const alpha = this.alpha.subarray(start, start + this.width)
    readAlpha(this.#row, this.#header, this.#transparency, alpha)
    const above = this.#above
    this.#above = this.#row
    this.#row = above
    this.#filled = 0
    this.#y++
  }
}
