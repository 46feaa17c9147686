import { usageOf } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { driveExchange } from '../testing/drive-exchange.ts'
import { doubaoImages } from './images.ts'

const cat = { model: 'doubao-seedream-4-5', prompt: 'A cat', n: 1 }
const exchange = (fields: object, target: object = {}) =>
  doubaoImages.exchange({ ...cat, ...fields }, { ...targetOf(), ...target })
const sent = (fields: object, target?: object) => {
  const step = exchange(fields, target).next().value
  if (!('do' in step) || step.do !== 'send') throw new Error('Nothing is sent.')
  return step.requests.map((wire) => ({ ...wire, body: JSON.parse(String(wire.body)) }))
}
const read = (answers: object[]) => driveExchange(exchange({ n: answers.length }), [answers]).reply

test('doubao#2: there is no watermark unless the caller wants one', () => {
  expect(sent({})).toEqual([
    {
      path: '/images/generations',
      body: { model: 'm1', prompt: 'A cat', watermark: false },
      dropped: [],
    },
  ])
  expect(sent({ extensions: { watermark: true } })[0]?.body.watermark).toBe(true)
})

test('a request in its words', () => {
  const fields = {
    size: '2048x1536',
    seed: 7,
    outputFormat: 'png',
    responseFormat: 'base64',
    quality: 'high',
    extensions: { guidance_scale: 3, stream: true },
  }
  expect(sent(fields)[0]).toMatchObject({
    body: {
      size: '2048x1536',
      seed: 7,
      guidance_scale: 3,
      output_format: 'png',
      response_format: 'b64_json',
    },
    dropped: ['quality', 'stream'],
  })
})

test('a ratio becomes a size of the usual number of pixels', () => {
  expect(sent({ aspectRatio: '16:9' })[0]?.body.size).toBe('2736x1536')
  expect(sent({ aspectRatio: '16:9', size: 'auto' })[0]?.body.size).toBe('2736x1536')
  const [small] = sent({ aspectRatio: '16:9' }, { model: 'doubao-seedream-3-0-t2i-250415' })
  expect(small?.body.size).toBe('1360x768')
})

test.each([
  ['doubao-seedream-4-5-251128', '1024x1024', '2048x2048'],
  ['doubao-seedream-5-0-lite', '1536x1024', '2512x1680'],
  ['doubao-seedream-4-5-251128', '2560x1440', '2560x1440'],
  ['doubao-seedream-4-0-250828', '1024x1024', '1024x1024'],
  ['doubao-seedream-3-0-t2i-250415', '512x512', '512x512'],
  ['ep-20260101-abcde', '1024x1024', '1024x1024'],
])('of %s the size %s is %s', (model, size, expected) => {
  expect(sent({ size }, { model })[0]?.body.size).toBe(expected)
})

test('JPEG is what it makes unasked', () => {
  expect(sent({ outputFormat: 'jpeg' })[0]).toMatchObject({ dropped: [] })
  expect(sent({ outputFormat: 'jpeg' })[0]?.body).not.toHaveProperty('output_format')
})

test('every picture has a seed of its own', () => {
  const wires = sent({ n: 3, seed: 7 })
  expect(wires.map(({ body }) => body.seed)).toEqual([7, 8, 9])
})

test.each([
  ['doubao-seedream-4-0-250828', undefined, ['seed']],
  ['doubao-seedream-3-0-t2i-250415', 7, []],
  ['ep-20260101-abcde', 7, []],
])('of %s the seed 7 is %j', (model, seed, dropped) => {
  const [wire] = sent({ seed: 7 }, { model })
  expect(wire?.body.seed).toBe(seed)
  expect(wire?.dropped).toEqual(dropped)
})

test('images to work from go where new ones are made', () => {
  const data = { data: 'AQID', mimeType: 'image/png' }
  const url = 'https://x.test/1.png'
  expect(sent({ images: [data] })[0]).toMatchObject({
    path: '/images/generations',
    body: { image: 'data:image/png;base64,AQID' },
  })
  expect(sent({ images: [data, { url }] })[0]?.body.image).toEqual([
    'data:image/png;base64,AQID',
    url,
  ])
})

test.each<[string, object]>([
  ['mask', { mask: { data: 'AQID', mimeType: 'image/png' } }],
  ['output_format', { outputFormat: 'webp' }],
  ['n', { n: 11 }],
])('%s is refused, or dropped if the caller likes', (param, fields) => {
  expect(() => sent(fields)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param }),
  )
  expect(sent(fields, { dropsUnsupported: true })[0]?.dropped).toEqual([param])
})

const url = 'https://ark.x.test/1.jpeg'
const usage = { generated_images: 1, output_tokens: 16384, total_tokens: 16384 }

test('several pictures are several requests, whose usage adds up', () => {
  expect(sent({ n: 2 })).toHaveLength(2)
  const answer = { model: 'm', created: 7, data: [{ url, size: '2048x2048' }], usage }
  expect(read([answer, answer])).toEqual({
    created: 7,
    images: [{ url }, { url }],
    outputFormat: 'jpeg',
    size: '2048x2048',
    usage: usageOf({ images: 2, output: 32768, imageOut: 32768 }),
  })
})

test('doubao#9: the date may be called created_at', () => {
  expect(read([{ created_at: 8, data: [{ b64_json: '/9j/' }] }])).toEqual({
    created: 8,
    images: [{ data: '/9j/', mimeType: 'image/jpeg' }],
    outputFormat: 'jpeg',
    usage: usageOf({ images: 1, estimated: true }),
  })
})

const failed = (code: string) => ({ data: [{ error: { code, message: 'x' } }], usage: {} })

test('a picture that failed is left out', () => {
  const answers = [failed('OutputImageSensitiveContentDetected'), { data: [{ url }], usage }]
  expect(read(answers).images).toEqual([{ url }])
})

test.each<[string, object, object]>([
  [
    'nothing but what its filter found',
    failed('OutputImageSensitiveContentDetected'),
    { code: 'upstream_rejected', upstream: expect.objectContaining({ code: 'content_filter' }) },
  ],
  ['nothing but failures', failed('InternalServiceError'), { code: 'upstream_failed' }],
  ['no pictures', { data: [] }, { code: 'upstream_failed' }],
])('an answer of %s is a failure', (_, answer, expected) => {
  expect(() => read([answer])).toThrow(expect.objectContaining(expected))
})

test.each<[string, number, string, string]>([
  ['doubao#1: its filter says 400', 400, 'InputTextSensitiveContentDetected', 'upstream_rejected'],
  ['doubao#4: a model that is switched off is a 404', 404, 'ModelNotOpen', 'upstream_rejected'],
  ['doubao#8: an overdue balance is a 403', 403, 'AccountOverdueError', 'insufficient_quota'],
])('%s', (_, status, code, expected) => {
  const body = bytesOf(JSON.stringify({ error: { code, message: 'x', param: '', type: 't' } }))
  expect(doubaoImages.readError(status, {}, body, targetOf()).code).toBe(expected)
})
