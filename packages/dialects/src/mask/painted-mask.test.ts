import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { decode, encode } from 'fast-png'
import { expect, test } from 'vitest'
import { readMask } from './painted-mask.ts'
import { readPngAlpha } from './png-alpha.ts'
import { unfilter } from './png-row.ts'

// The judge is fast-png: what it writes we read, what we write it reads.

const maxPixels = 1_000_000
const pixels = (depth: 8 | 16, count: number) =>
  fc.array(fc.integer({ min: 0, max: 2 ** depth - 1 }), { minLength: count, maxLength: count })

const picture = fc
  .record({
    width: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 20 }),
    depth: fc.constantFrom(8 as const, 16 as const),
    channels: fc.constantFrom(2 as const, 4 as const),
  })
  .chain((shape) =>
    pixels(shape.depth, shape.width * shape.height * shape.channels).map((values) => ({
      ...shape,
      data: shape.depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values),
    })),
  )

test('alpha is read as it was written, in eight bits', () => {
  fc.assert(
    fc.property(picture, (image) => {
      const read = readPngAlpha(encode(image), maxPixels)
      const { width, height, channels, depth, data } = image
      const expected = Array.from({ length: width * height }, (_, at) => {
        const value = data[at * channels + channels - 1] as number
        return depth === 8 ? value : value >> 8
      })
      expect(read).toMatchObject({ width, height })
      expect([...(read?.alpha ?? [])]).toEqual(expected)
    }),
    { numRuns: 200 },
  )
})

test('ideogram#6: a mask is black where the caller’s is transparent, and white elsewhere', () => {
  fc.assert(
    fc.property(picture, (image) => {
      const { width, height, channels, depth } = image
      image.data[channels - 1] = 0
      const { png } = readMask({ data: encode(image), mimeType: 'image/png' })
      const black = decode(png, { checkCrc: true })
      expect(black).toMatchObject({ width, height, channels: 1, depth: 8 })
      const alpha = Array.from(image.data).filter((_, at) => at % channels === channels - 1)
      expect([...black.data]).toEqual(alpha.map((value) => (value >> (depth - 8) === 0 ? 0 : 255)))
    }),
    { numRuns: 200 },
  )
})

// Chunks by hand, for what the judge does not write. Checksums are not looked at.

function chunk(name: string, data: Uint8Array | number[]): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(data.length, 0)
  head.write(name, 4, 'latin1')
  return Buffer.concat([head, Uint8Array.from(data), Buffer.alloc(4)])
}

function png(
  size: [number, number],
  kind: { depth?: number; colour?: number; interlace?: number; transparency?: number[] },
  rows: Uint8Array | number[],
): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size[0], 0)
  header.writeUInt32BE(size[1], 4)
  header.set([kind.depth ?? 8, kind.colour ?? 6, 0, 0, kind.interlace ?? 0], 8)
  const data = deflateSync(Uint8Array.from(rows))
  return new Uint8Array(
    Buffer.concat([
      Buffer.from('89504e470d0a1a0a', 'hex'),
      chunk('IHDR', header),
      ...(kind.transparency ? [chunk('tRNS', kind.transparency)] : []),
      // A stream of data may be cut anywhere.
      chunk('IDAT', data.subarray(0, 3)),
      chunk('IDAT', data.subarray(3)),
      chunk('IEND', []),
    ]),
  )
}

const alphaOf = (bytes: Uint8Array) => {
  const read = readPngAlpha(bytes, maxPixels)
  return read && [...read.alpha]
}

test.each<[string, Parameters<typeof png>, number[]]>([
  ['a palette', [[3, 1], { colour: 3, transparency: [0, 9] }, [0, 1, 0, 2]], [9, 0, 255]],
  [
    'a palette of two bits',
    [[5, 1], { colour: 3, depth: 2, transparency: [0] }, [0, 0b01_00_11_00, 0b00_000000]],
    [255, 0, 255, 0, 0],
  ],
  [
    'one bit of grey',
    [[3, 1], { colour: 0, depth: 1, transparency: [0, 1] }, [0, 0b101_00000]],
    [0, 255, 0],
  ],
  [
    'a colour that is transparent',
    [[2, 1], { colour: 2, transparency: [0, 1, 0, 2, 0, 3] }, [0, 1, 2, 3, 1, 2, 4]],
    [0, 255],
  ],
  [
    'a shade of sixteen bits that is transparent',
    [[2, 1], { colour: 0, depth: 16, transparency: [1, 2] }, [0, 1, 2, 1, 3]],
    [0, 255],
  ],
  ['nothing transparent', [[2, 1], { colour: 0 }, [0, 0, 0]], [255, 255]],
])('the alpha of %s', (_, image, expected) => {
  expect(alphaOf(png(...image))).toEqual(expected)
})

// Source: W3C PNG (third edition), 9.2: each filter as its own definition has it.
const guesses: ((left: number, up: number, upLeft: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => Math.floor((left + up) / 2),
  (left, up, upLeft) => {
    const guess = left + up - upLeft
    const nearest = Math.min(...[left, up, upLeft].map((value) => Math.abs(guess - value)))
    return [left, up, upLeft].find((value) => Math.abs(guess - value) === nearest) ?? 0
  },
]

test('every filter is undone', () => {
  const row = fc.uint8Array({ minLength: 12, maxLength: 12 })
  fc.assert(
    fc.property(
      row,
      row,
      fc.nat({ max: 4 }),
      fc.constantFrom(1, 2, 3, 4, 6, 8),
      (plain, above, filter, pixel) => {
        const filtered = Uint8Array.of(filter, ...plain)
        const before = Uint8Array.of(0, ...above)
        for (let at = plain.length; at > 0; at--) {
          const left = at > pixel ? (plain[at - 1 - pixel] as number) : 0
          const upLeft = at > pixel ? (before[at - pixel] as number) : 0
          const guess = guesses[filter]?.(left, before[at] as number, upLeft) ?? 0
          filtered[at] = (plain[at - 1] as number) - guess
        }
        unfilter(filtered, before, pixel)
        expect(filtered.subarray(1)).toEqual(plain)
      },
    ),
  )
})

const square = encode({ width: 2, height: 2, channels: 4, data: new Uint8Array(16) })

test.each<[string, Uint8Array]>([
  ['no PNG', Uint8Array.of(0xff, 0xd8, 0xff)],
  ['nothing', new Uint8Array(0)],
  ['cut off', square.subarray(0, square.length - 30)],
  ['interlaced', png([1, 1], { interlace: 1 }, [0, 1, 2, 3, 4])],
  ['of too many pixels', png([100_000, 100_000], {}, [0])],
  ['without pixels', png([0, 1], {}, [0])],
  ['of no known kind', png([1, 1], { colour: 5 }, [0, 1])],
  ['of an odd depth', png([1, 1], { depth: 4 }, [0, 1])],
  ['filtered by nothing known', png([1, 1], {}, [9, 1, 2, 3, 4])],
])('a mask that is %s is the caller’s to mend', (_, data) => {
  expect(() => readMask({ data, mimeType: 'image/png' })).toThrow(
    expect.objectContaining({ code: 'invalid_request', param: 'mask' }),
  )
})

test('a mask without a transparent pixel says nothing, and is refused', () => {
  const data = encode({ width: 1, height: 1, channels: 4, data: Uint8Array.of(0, 0, 0, 255) })
  expect(() => readMask({ data, mimeType: 'image/png' })).toThrow(
    expect.objectContaining({ code: 'invalid_request', param: 'mask' }),
  )
})

test('a small file that would become a big one is read to its last row only', () => {
  const bomb = png([1, 1], {}, new Uint8Array(40_000_000))
  // Whoever goes on to the end stumbles here.
  bomb.fill(0xff, bomb.length >> 1, bomb.length - 20)
  expect(alphaOf(bomb)).toEqual([0])
})

test('a mask in pieces of one byte takes no longer than a whole one', { timeout: 3000 }, () => {
  // A stored block of 65,535 bytes, and many of none.
  const start = Buffer.concat([Buffer.from('780100ffff0000', 'hex'), Buffer.alloc(65_535)])
  const rest = Buffer.alloc(150_000, Buffer.from('000000ffff', 'hex'))
  const afterHeader = 33
  const data = Buffer.concat([
    png([200, 200], {}, []).subarray(0, afterHeader),
    chunk('IDAT', start),
    ...Array.from(rest, (byte) => chunk('IDAT', [byte])),
    chunk('IEND', []),
  ])
  expect(alphaOf(data)).toBeUndefined()
})

test('no damage makes the reader throw', () => {
  const data = Array.from({ length: 64 }, (_, at) => (at * 37) % 256)
  const whole = encode({ width: 4, height: 4, channels: 4, data: Uint8Array.from(data) })
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
      const damaged = whole.slice()
      damaged[at] = byte
      const read = readPngAlpha(damaged, maxPixels)
      expect(read === undefined || read.alpha.length === read.width * read.height).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
