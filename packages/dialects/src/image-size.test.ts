import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  nearestLines,
  nearestShape,
  parseSize,
  ratioOf,
  scaleFor,
  sizeOfShape,
} from './image-size.ts'

test.each<[string | undefined, object | undefined]>([
  ['1536x1024', { width: 1536, height: 1024 }],
  ['16:9', { width: 16, height: 9 }],
  ['9:19.5', { width: 9, height: 19.5 }],
  ['auto', undefined],
  ['0x10', undefined],
  ['10x', undefined],
  ['-1x2', undefined],
  ['1x2x3', undefined],
  [undefined, undefined],
])('the size in %j', (text, size) => {
  expect(parseSize(text)).toEqual(size)
})

const sides = fc.integer({ min: 1, max: 99_999 })

test('a ratio is in smallest terms, and of the same shape', () => {
  fc.assert(
    fc.property(sides, sides, fc.integer({ min: 1, max: 9 }), (width, height, times) => {
      const ratio = ratioOf({ width: width * times, height: height * times })
      expect(ratio).toBe(ratioOf({ width, height }))
      const [first = 0, second = 0] = ratio.split(':').map(Number)
      expect(first * height).toBe(second * width)
    }),
  )
})

const ratios = ['1:1', '3:2', '2:3', '16:9', '9:16', '21:9']

test.each<[string, string | undefined]>([
  ['1024x1024', '1:1'],
  ['1536x1024', '3:2'],
  ['1024x1536', '2:3'],
  ['1792x1024', '16:9'],
  ['1024x1792', '9:16'],
  ['2560x1080', '21:9'],
  ['1100x1000', '1:1'],
  ['4096x1024', undefined],
])('the nearest shape to %s is %s', (size, expected) => {
  expect(nearestShape(parseSize(size) ?? { width: 1, height: 1 }, ratios)).toBe(expected)
})

test('of resolutions with the same shape, the one that is as large is the nearest', () => {
  const words = ['512x512', '1024x1024', '2048x2048']
  expect(nearestShape({ width: 900, height: 900 }, words)).toBe('1024x1024')
  expect(nearestShape({ width: 4, height: 4 }, words)).toBe('512x512')
})

test.each([
  ['1024x1024', '1K'],
  ['1536x1024', '1K'],
  ['2048x2048', '2K'],
  ['1792x1024', '1K'],
  ['1920x1080', '2K'],
  ['3840x2160', '4K'],
  ['9000x9000', '4K'],
  ['4096x4096', '4K'],
  ['256x256', '512'],
])('the scale for %s is %s', (size, expected) => {
  const pixels = parseSize(size) ?? { width: 1, height: 1 }
  expect(scaleFor(pixels, ['512', '1K', '2K', '4K'])).toBe(expected)
})

test('a size made of a ratio has its shape and the pixels of the square, in steps of 16', () => {
  expect(sizeOfShape({ width: 16, height: 9 }, 2048)).toEqual({ width: 2736, height: 1536 })
  expect(sizeOfShape({ width: 1, height: 1 }, 2048)).toEqual({ width: 2048, height: 2048 })
})

test.each<[string | undefined, string | undefined]>([
  ['1920x1080', '1080p'],
  ['1080x1920', '1080p'],
  ['1280x720', '720p'],
  ['640x360', '480p'],
  ['3840x2160', '1080p'],
  ['720p', '720p'],
  ['1080P', '1080p'],
  ['4K', '1080p'],
  ['auto', undefined],
  ['0p', undefined],
  [undefined, undefined],
])('of 480p, 720p and 1080p %j is %j', (size, lines) => {
  expect(nearestLines(size, ['480p', '720p', '1080p'])).toBe(lines)
})
