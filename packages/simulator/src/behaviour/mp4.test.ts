import { expect, test } from 'vitest'
import { makeMp4 } from './mp4.ts'

const containers = new Set(['moov', 'trak', 'mdia', 'minf', 'dinf', 'stbl'])

/** The names of all boxes, those inside of others with their place (ISO 14496-12, 4.2). */
function boxesIn(bytes: Buffer, place = ''): string[] {
  const names: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at)
    if (size < 8 || at + size > bytes.length) throw new Error(`A box of ${place} is cut off.`)
    const name = bytes.toString('latin1', at + 4, at + 8)
    names.push(place + name)
    if (containers.has(name)) {
      names.push(...boxesIn(bytes.subarray(at + 8, at + size), `${place}${name}/`))
    }
    at += size
  }
  return names
}

const film = { width: 1280, height: 720, seconds: 8, note: 1 }

test('a film is made of whole boxes, all that a track must have among them', () => {
  expect(boxesIn(makeMp4(film))).toEqual([
    'ftyp',
    'moov',
    'moov/mvhd',
    'moov/trak',
    'moov/trak/tkhd',
    'moov/trak/mdia',
    'moov/trak/mdia/mdhd',
    'moov/trak/mdia/hdlr',
    'moov/trak/mdia/minf',
    'moov/trak/mdia/minf/vmhd',
    'moov/trak/mdia/minf/dinf',
    'moov/trak/mdia/minf/dinf/dref',
    'moov/trak/mdia/minf/stbl',
    'moov/trak/mdia/minf/stbl/stsd',
    'moov/trak/mdia/minf/stbl/stts',
    'moov/trak/mdia/minf/stbl/stsc',
    'moov/trak/mdia/minf/stbl/stsz',
    'moov/trak/mdia/minf/stbl/stco',
    'mdat',
  ])
})

test('a film tells its size and its length', () => {
  const bytes = makeMp4(film)
  const movie = bytes.indexOf('mvhd') + 4
  expect(bytes.readUInt32BE(movie + 16) / bytes.readUInt32BE(movie + 12)).toBe(8)
  // A version 0 `tkhd` is 84 bytes, the last 8 of which are width and height in 16.16.
  const track = bytes.indexOf('tkhd') + 4
  expect(bytes.readUInt32BE(track + 76) / 0x10000).toBe(1280)
  expect(bytes.readUInt32BE(track + 80) / 0x10000).toBe(720)
})

test('another note is another film', () => {
  expect(makeMp4({ ...film, note: 2 }).equals(makeMp4(film))).toBe(false)
})
