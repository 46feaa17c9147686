import { expect, test } from 'vitest'
import { png } from '../testing/png.ts'
import type { Turn } from './chat-types.ts'
import { imageTokens } from './image-tokens.ts'
import { visionText } from './vision.ts'

function seen(...images: (Buffer | string)[]): string {
  const shown = images.map((image, at) => ({
    url: typeof image === 'string' ? image : `data:image/png;base64,${image.toString('base64')}`,
    detail: 'auto' as const,
    param: `image ${at}`,
  }))
  const turn: Turn = { role: 'user', text: '', images: shown, attachmentTokens: 0, calls: [] }
  return visionText([turn])
}

test.each([
  ['RGB', png(2, 2, [[0, 255, 0, 0, 255, 0, 0]]), '2 × 1 pixels, mostly red (#ff0000)'],
  [
    'RGBA, transparent pixels left out',
    png(3, 6, [[0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 160, 60, 255]]),
    '3 × 1 pixels, mostly green (#1ea03c)',
  ],
  [
    'grey',
    png(1, 0, [
      [0, 255],
      [0, 255],
    ]),
    '1 × 2 pixels, mostly white (#ffffff)',
  ],
  ['grey with alpha', png(1, 4, [[0, 0, 255]]), '1 × 1 pixels, mostly black (#000000)'],
  [
    'palette',
    png(2, 3, [[0, 1, 1]], [0, 0, 0, 40, 70, 220]),
    '2 × 1 pixels, mostly blue (#2846dc)',
  ],
])('a PNG in %s', (_name, image, expected) => {
  expect(seen(image)).toContain(`PNG, ${expected}`)
})

test('all five filters of a PNG are undone', () => {
  // Every row is two pixels of (200, 100, 50), each row written with another filter.
  const rows = [
    [0, 200, 100, 50, 200, 100, 50],
    [1, 200, 100, 50, 0, 0, 0],
    [2, 0, 0, 0, 0, 0, 0],
    [3, 100, 50, 25, 0, 0, 0],
    [4, 0, 0, 0, 0, 0, 0],
  ]
  expect(seen(png(2, 2, rows))).toContain('(#c86432)')
})

const jpeg = Buffer.from(
  'ffd8ffe000104a46494600010100000100010000ffc00011080140028003012200021101',
  'hex',
)
const gif = Buffer.from('47494638396140012c01f70000000000000000000000000000000000', 'hex')
const webp = (kind: string, rest: string) =>
  Buffer.concat([
    Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'),
    Buffer.from(kind, 'latin1'),
    Buffer.from(rest.padEnd(28, '0'), 'hex'),
  ])

test.each([
  ['JPEG', jpeg, 'JPEG, 640 × 320 pixels'],
  ['GIF', gif, 'GIF, 320 × 300 pixels'],
  ['extended WebP', webp('VP8X', '0a00000000000000630000c70000'), 'WebP, 100 × 200 pixels'],
  ['lossless WebP', webp('VP8L', '000000002f63c03100'), 'WebP, 100 × 200 pixels'],
  ['lossy WebP', webp('VP8 ', '000000000000009d012a6400c800'), 'WebP, 100 × 200 pixels'],
])('the size of a %s', (_name, image, expected) => {
  expect(seen(image)).toContain(expected)
})

test('several images are numbered, and addresses politely left alone', () => {
  const text = seen(jpeg, 'https://example.com/cat.png')
  expect(text).toContain('Image 1: JPEG')
  expect(text).toMatch(/Image 2: .*do not fetch/)
})

test('without an image it says so', () => {
  expect(seen()).toContain('no image')
})

test.each([
  ['text', Buffer.from('this is no image at all, only text')],
  ['nothing', Buffer.alloc(0)],
  ['a PNG without size', png(0, 2, [])],
])('%s is refused, naming where it stood', (_name, bytes) => {
  expect(() => seen(bytes)).toThrowError(
    expect.objectContaining({ kind: 'invalidImage', param: 'image 0' }),
  )
})

test('a picture that unpacks to more than it says is measured without its colour', () => {
  const bomb = png(4, 2, [[0, 1]])
  expect(seen(bomb)).toMatch(/4 × 1 pixels$/)
})

test('larger images cost more tokens, and little in low detail', () => {
  const url = (width: number) =>
    `data:image/png;base64,${png(
      width,
      2,
      Array.from({ length: width }, () => [0]),
    ).toString('base64')}`
  const cost = (width: number, detail: 'low' | 'high') =>
    imageTokens({ url: url(width), detail, param: '' })
  expect(cost(1024, 'low')).toBe(85)
  // 1024 × 1024 scales to 768 × 768: four tiles.
  expect(cost(1024, 'high')).toBe(85 + 4 * 170)
  expect(cost(64, 'high')).toBeLessThanOrEqual(cost(1024, 'high'))
})
