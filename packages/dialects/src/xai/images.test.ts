import { usageOf } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { xaiImages } from './images.ts'

const cat = { model: 'grok-imagine-image', prompt: 'A cat', n: 1 }
const write = (fields: object, target: object = {}) => {
  const wire = xaiImages.writeRequest({ ...cat, ...fields }, { ...targetOf(), ...target })
  return { ...wire, body: JSON.parse(String(wire.body)) }
}
const read = (answer: object) => xaiImages.readResponse(bytesOf(JSON.stringify(answer)), targetOf())

test('a size becomes a ratio and a resolution', () => {
  expect(
    write({ n: 2, size: '3072x2048', quality: 'hd', responseFormat: 'base64', user: 'u' }),
  ).toEqual({
    path: '/images/generations',
    body: {
      model: 'm1',
      prompt: 'A cat',
      n: 2,
      aspect_ratio: '3:2',
      resolution: '2k',
      quality: 'high',
      response_format: 'b64_json',
      user: 'u',
    },
    dropped: [],
  })
})

test('what it makes unasked is not asked for', () => {
  expect(write({ size: 'auto', quality: 'auto' }).body).toEqual({ model: 'm1', prompt: 'A cat' })
  expect(write({ size: '1024x1024' }).body).not.toHaveProperty('resolution')
})

test('a ratio is written as the caller has it, and the caller may name a resolution', () => {
  expect(write({ aspectRatio: '2:1', extensions: { resolution: '2k', x: 1 } })).toMatchObject({
    body: { aspect_ratio: '2:1', resolution: '2k' },
    dropped: ['x'],
  })
})

test('xai#5: images are edited by JSON', () => {
  const file = { data: Uint8Array.of(1, 2, 3), mimeType: 'image/png' }
  const url = 'https://x.test/1.png'
  expect(write({ images: [file] })).toMatchObject({
    path: '/images/edits',
    body: { image: { url: 'data:image/png;base64,AQID', type: 'image_url' } },
  })
  expect(write({ images: [file, { url }] }).body.images).toEqual([
    { url: 'data:image/png;base64,AQID', type: 'image_url' },
    { url, type: 'image_url' },
  ])
})

test.each<[string, object]>([
  ['mask', { images: [{ url: 'https://x.test/1.png' }], mask: { url: 'https://x.test/2.png' } }],
  ['n', { n: 11 }],
  ['size', { size: '4096x512' }],
  ['aspect_ratio', { aspectRatio: '9:1' }],
  ['background', { background: 'transparent' }],
])('%s is refused when it has no words for it, or dropped if the caller likes', (param, fields) => {
  expect(() => write(fields)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param }),
  )
  expect(write(fields, { dropsUnsupported: true }).dropped).toEqual([param])
})

test('hints are dropped by the names that callers know', () => {
  const fields = {
    style: 'vivid',
    background: 'auto',
    moderation: 'low',
    inputFidelity: 'high',
    outputCompression: 5,
    negativePrompt: 'dogs',
    seed: 7,
    quality: 'odd',
  }
  expect(new Set(write(fields).dropped)).toEqual(
    new Set([
      'style',
      'background',
      'moderation',
      'input_fidelity',
      'output_compression',
      'negative_prompt',
      'seed',
      'quality',
    ]),
  )
})

test('an answer is pictures, and what they cost', () => {
  const data = [
    { url: 'https://imgen.x.test/1.jpg', mime_type: 'image/jpeg', revised_prompt: 'A white cat' },
    { b64_json: '/9j/', respect_moderation: true },
  ]
  expect(read({ data, usage: { cost_in_usd_ticks: 700_000_000 } })).toEqual({
    created: 0,
    images: [
      {
        url: 'https://imgen.x.test/1.jpg',
        mimeType: 'image/jpeg',
        revisedPrompt: 'A white cat',
      },
      { data: '/9j/', mimeType: 'image/jpeg' },
    ],
    usage: usageOf({ images: 2, providerCost: 70_000_000n }),
  })
})

test('pictures that its filter held back are left out, and none left is content_filter', () => {
  const kept = { url: 'https://x.test/1.jpg' }
  const held = { url: 'https://x.test/2.jpg', respect_moderation: false }
  expect(read({ data: [held, kept] }).images).toEqual([kept])
  expect(() => read({ data: [held] })).toThrow(
    expect.objectContaining({
      code: 'upstream_rejected',
      status: 400,
      upstream: expect.objectContaining({ code: 'content_filter' }),
    }),
  )
})

test.each<[string, object]>([
  ['xai#1: an error under a status of 200', { code: 'x', error: 'Some text' }],
  ['no pictures', { data: [] }],
  ['a picture without anything', { data: [{ url: null }, 5] }],
])('%s is a failure of the provider', (_, answer) => {
  expect(() => read(answer)).toThrow(expect.objectContaining({ code: 'upstream_failed' }))
})

test.each<[string, object]>([
  ['an object', { error: { message: 'No', code: 'c' } }],
  ['a code beside a text', { code: 'c', error: 'No' }],
  ['a text', { error: 'No' }],
])('xai#6: an error may be %s', (_, body) => {
  const error = xaiImages.readError(400, {}, bytesOf(JSON.stringify(body)), targetOf())
  expect(error).toMatchObject({ code: 'upstream_rejected', message: expect.stringContaining('No') })
})

test('xai#7: a bad key is not the caller’s fault, though it comes as a 400', () => {
  const body = { code: 'x', error: 'Incorrect API key provided: xai-abc.' }
  const error = xaiImages.readError(400, {}, bytesOf(JSON.stringify(body)), targetOf())
  expect(error.code).toBe('credential_rejected')
  expect(error.message).not.toContain('xai-abc')
})
