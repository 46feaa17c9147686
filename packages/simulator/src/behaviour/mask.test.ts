import { expect, test } from 'vitest'
import { greyPng, png } from '../testing/png.ts'
import { maskFault } from './mask.ts'

const size = { width: 2, height: 1 }

test.each([
  ['black and white', greyPng([[0, 255]])],
  ['black and white by a palette', png(2, 3, [[0, 1, 0]], [0, 0, 0, 255, 255, 255])],
  ['opaque black and white', png(2, 6, [[0, 0, 0, 0, 255, 255, 255, 255, 255]])],
])('%s is a mask', (_what, mask) => {
  expect(maskFault(mask, size)).toBeUndefined()
})

test.each([
  ['grey', greyPng([[0, 128]]), 'black and white'],
  ['red', png(2, 2, [[0, 255, 0, 0, 0, 0, 0]]), 'black and white'],
  ['transparent', png(2, 6, [[0, 0, 0, 0, 0, 255, 255, 255, 255]]), 'black and white'],
  ['of another size', greyPng([[0, 255, 0]]), 'size of the image, 2x1, not 3x1'],
  ['no image', Buffer.from('mask'), 'no image'],
])('what is %s is none', (_what, mask, fault) => {
  expect(maskFault(mask, size)).toContain(fault)
})
