import { expect, test } from 'vitest'
import { downloadImages } from './download-images.ts'
import { targetOf } from './testing/bytes.ts'

const images = [
  { data: 'AQID' },
  { url: 'https://x.test/1', revisedPrompt: 'A cat' },
  { url: 'https://x.test/2', mimeType: 'image/png' },
]
const file = (bytes: number[], type?: string) => ({
  status: 200,
  headers: type === undefined ? {} : { 'content-type': type },
  body: Uint8Array.from(bytes),
})

test('addresses are fetched in one step, and data stays', () => {
  const download = downloadImages(images, targetOf())
  expect(download.next().value).toEqual({
    do: 'fetch',
    urls: ['https://x.test/1', 'https://x.test/2'],
  })
  expect(download.next([file([1], 'image/jpeg; q=1'), file([2], 'text/html')]).value).toEqual([
    { data: 'AQID' },
    { data: 'AQ==', revisedPrompt: 'A cat', mimeType: 'image/jpeg' },
    { data: 'Ag==', mimeType: 'image/png' },
  ])
})

test('nothing is fetched where everything is data', () => {
  expect(downloadImages([{ data: 'AQID' }], targetOf()).next()).toEqual({
    done: true,
    value: [{ data: 'AQID' }],
  })
})

test('an empty file is a failure of the provider', () => {
  const download = downloadImages(images, targetOf())
  download.next()
  expect(() => download.next([file([1]), file([])])).toThrow(
    expect.objectContaining({ code: 'upstream_failed' }),
  )
})
