// A PNG in shades of grey, eight bits a pixel. Source: W3C PNG (third edition).

import { zlibSync } from 'fflate'
import { joined } from '../frame-scanner.ts'
import type { Size } from '../image-size.ts'
import { pngSignature } from './png-alpha.ts'

const signature = Uint8Array.from(pngSignature)
const encoder = new TextEncoder()

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}

/** @param pixels one byte each, row by row: 0 = black, 255 = white. */
export function writeGreyPng({ width, height }: Size, pixels: Uint8Array): Uint8Array {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header[8] = 8
  // Every row begins with the byte that names its filter: none.
  const rows = new Uint8Array(height * (width + 1))
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1)
  }
  return joined([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', zlibSync(rows, { level: 1 })),
    chunk('IEND', new Uint8Array(0)),
  ])
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const framed = new Uint8Array(data.length + 12)
  const view = new DataView(framed.buffer)
  view.setUint32(0, data.length)
  framed.set(encoder.encode(name), 4)
  framed.set(data, 8)
  view.setUint32(data.length + 8, crc32(framed.subarray(4, data.length + 8)))
  return framed
}
