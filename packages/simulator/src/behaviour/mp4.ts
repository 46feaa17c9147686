// A film without a picture. Source: ISO 14496-12, 4.3 (ftyp), 8.1 (mdat), 8.2 (moov), 8.3 (trak).

export interface Film {
  width: number
  height: number
  seconds: number
  /** Told in the file, so that another film is another file. 32 bits. */
  note: number
}

const ticksPerSecond = 1000
/** The unity matrix of a picture that is shown as it is. */
const unity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]

function box(name: string, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(content.length + 8, 0)
  head.write(name, 4, 'latin1')
  return Buffer.concat([head, content])
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, at) => {
    bytes.writeUInt32BE(value >>> 0, at * 4)
  })
  return bytes
}

const text = (value: string) => Buffer.from(value, 'latin1')

/** A valid MP4 file of this size and length whose video track has no samples. */
export function makeMp4({ width, height, seconds, note }: Film): Buffer {
  const duration = Math.round(seconds * ticksPerSecond)
  const movieHead = box(
    'mvhd',
    words(0, 0, 0, ticksPerSecond, duration, 0x10000, 0x01000000, 0, 0, ...unity),
    words(0, 0, 0, 0, 0, 0, 2),
  )
  const trackHead = box(
    'tkhd',
    words(7, 0, 0, 1, 0, duration, 0, 0, 0, 0, ...unity),
    words(width * 0x10000, height * 0x10000),
  )
  const samples = box(
    'stbl',
    box('stsd', words(0, 0)),
    box('stts', words(0, 0)),
    box('stsc', words(0, 0)),
    box('stsz', words(0, 0, 0)),
    box('stco', words(0, 0)),
  )
  const media = box(
    'mdia',
    box('mdhd', words(0, 0, 0, ticksPerSecond, duration, 0x55c40000)),
    box('hdlr', words(0, 0), text('vide'), words(0, 0, 0), text('Simulator\0')),
    box(
      'minf',
      box('vmhd', words(1, 0, 0)),
      box('dinf', box('dref', words(0, 1), box('url ', words(1)))),
      samples,
    ),
  )
  return Buffer.concat([
    box('ftyp', text('isom'), words(0x200), text('isommp41')),
    box('moov', movieHead, box('trak', trackHead, media)),
    box('mdat', text('Drawn by a simulator '), words(note)),
  ])
}
