import { usageOf } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { openRouterImages } from './images.ts'

const cat = { model: 'a/b', prompt: 'A cat', n: 1 }
const write = (fields: object) => {
  const wire = openRouterImages.writeRequest({ ...cat, ...fields }, targetOf())
  return { ...wire, body: JSON.parse(String(wire.body)) }
}
const read = (answer: object) =>
  openRouterImages.readResponse(bytesOf(JSON.stringify(answer)), targetOf())

test('openrouter#8: pictures are at /images', () => {
  const fields = {
    n: 3,
    size: '1024x1536',
    quality: 'high',
    background: 'transparent',
    outputFormat: 'webp',
    outputCompression: 80,
    seed: 7,
    responseFormat: 'base64',
    style: 'vivid',
    extensions: { resolution: '2K', provider: { sort: 'price' }, frame_count: 2 },
  }
  expect(write(fields)).toEqual({
    path: '/images',
    body: {
      model: 'm1',
      prompt: 'A cat',
      n: 3,
      size: '1024x1536',
      quality: 'high',
      background: 'transparent',
      output_format: 'webp',
      output_compression: 80,
      seed: 7,
      resolution: '2K',
      provider: { sort: 'price' },
    },
    dropped: ['style', 'frame_count'],
  })
})

test('a user is told', () => {
  expect(write({ user: 'ann' })).toMatchObject({ body: { user: 'ann' }, dropped: [] })
})

test.each([
  ['xhigh', 'xhigh', []],
  ['auto', 'auto', []],
  ['hd', 'high', []],
  ['standard', 'medium', []],
  ['superb', undefined, ['quality']],
])('the quality %s is %j', (quality, expected, dropped) => {
  const wire = write({ quality })
  expect(wire.body.quality).toBe(expected)
  expect(wire.dropped).toEqual(dropped)
})

test('a ratio stands where there is no size', () => {
  expect(write({ size: 'auto', aspectRatio: '21:9' }).body).toMatchObject({ aspect_ratio: '21:9' })
  const both = write({ size: '10x10', aspectRatio: '21:9' })
  expect(both.body).not.toHaveProperty('aspect_ratio')
  expect(both.dropped).toEqual(['aspect_ratio'])
})

test('images to work from are references', () => {
  const images = [{ data: 'AQID', mimeType: 'image/png' }, { url: 'https://x.test/1.png' }]
  expect(write({ images }).body.input_references).toEqual([
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } },
    { type: 'image_url', image_url: { url: 'https://x.test/1.png' } },
  ])
})

test('a mask is refused', () => {
  const mask = { data: 'AQID', mimeType: 'image/png' }
  expect(() => write({ images: [mask], mask })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'mask' }),
  )
})

const picture = { b64_json: 'UklG', media_type: 'image/webp' }

test('an answer is pictures, tokens and a cost', () => {
  const usage = { prompt_tokens: 8, completion_tokens: 1290, total_tokens: 1298, cost: 0.0387 }
  expect(read({ created: 7, data: [picture], usage })).toEqual({
    created: 7,
    images: [{ data: 'UklG', mimeType: 'image/webp' }],
    usage: usageOf({
      input: 8,
      output: 1290,
      imageOut: 1290,
      images: 1,
      providerCost: 38_700_000n,
    }),
  })
})

test('openrouter#9: with a key of the account’s own, the cost is only a fee', () => {
  const usage = { cost: 0.001, is_byok: true }
  expect(read({ data: [picture], usage }).usage).not.toHaveProperty('providerCost')
})

test.each<[string, object, object]>([
  [
    'openrouter#2, #5: an error under a status of 200',
    { error: { code: 402, message: 'No credits' } },
    { code: 'insufficient_quota' },
  ],
  ['no pictures', { data: [] }, { code: 'upstream_failed' }],
])('%s is a failure', (_, answer, expected) => {
  expect(() => read(answer)).toThrow(expect.objectContaining(expected))
})
