import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64Of, bytesOf, dataUrl } from './media-content.ts'

const mimeType = 'image/png'

test('bytes and base64 are two forms of one content', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (data) => {
      const text = base64Of({ data, mimeType })
      expect(text).toBe(Buffer.from(data).toString('base64'))
      expect(bytesOf({ data: text, mimeType }, 'image')).toEqual(data)
    }),
  )
})

test('what is already in the form asked for stays the very same', () => {
  const data = Uint8Array.of(1, 2)
  expect(bytesOf({ data, mimeType }, 'image')).toBe(data)
  expect(base64Of({ data: 'AQI=', mimeType })).toBe('AQI=')
})

test('text that is no base64 is the caller’s mistake, in the field it came in', () => {
  expect(() => bytesOf({ data: 'no!', mimeType }, 'mask')).toThrow(
    expect.objectContaining({ code: 'invalid_request', param: 'mask' }),
  )
})

test('a data address says the type', () => {
  expect(dataUrl({ data: Uint8Array.of(1, 2), mimeType })).toBe('data:image/png;base64,AQI=')
})
