import { usageOf } from '@aigne-hub/protocol'
import { decode, encode } from 'fast-png'
import { expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { driveExchange } from '../testing/drive-exchange.ts'
import { sentForm } from '../testing/parsed-form.ts'
import { ideogramImages } from './images.ts'

const cat = { model: 'ideogram-v3', prompt: 'A cat', n: 1 }
const exchange = (fields: object, target: object = {}) => {
  const request = { ...cat, ...fields }
  return ideogramImages.exchange(request, { ...targetOf(), model: request.model, ...target })
}
const requests = (fields: object, target?: object) => {
  const step = exchange(fields, target).next().value
  if (!('do' in step) || step.do !== 'send') throw new Error('Nothing is sent.')
  return step.requests
}

/** The first request: its path, its fields by name, its files and what was dropped. */
async function sent(fields: object, target?: object) {
  const [wire] = requests(fields, target)
  if (!wire) throw new Error('Nothing is sent.')
  const { path, dropped } = wire
  const form = await sentForm(wire)
  const named: [string, string][] = form.fields.map(({ name, value }) => [name, value])
  return { path, dropped, fields: named, files: form.files }
}

const V3 = '/v1/ideogram-v3/generate'
const V4 = '/v1/ideogram-v4/generate'

test('ideogram#2: everything is a form, arrays are parts of one name and objects are JSON', async () => {
  const fields = {
    n: 3,
    seed: 7,
    negativePrompt: 'dogs',
    user: 'u',
    extensions: {
      style_codes: ['AAFF5733', '00C0FFEE'],
      color_palette: { name: 'EMBER' },
      magic_prompt: 'OFF',
      frame_count: 2,
    },
  }
  expect(await sent(fields)).toEqual({
    path: V3,
    fields: [
      ['num_images', '3'],
      ['seed', '7'],
      ['prompt', 'A cat'],
      ['negative_prompt', 'dogs'],
      ['style_codes', 'AAFF5733'],
      ['style_codes', '00C0FFEE'],
      ['color_palette', '{"name":"EMBER"}'],
      ['magic_prompt', 'OFF'],
    ],
    files: [],
    dropped: ['user', 'frame_count'],
  })
})

test.each<[string, object, string[] | undefined]>([
  ['a size it has', { size: '1312x736' }, ['resolution', '1312x736']],
  ['a size it has not', { size: '1536x1024' }, ['aspect_ratio', '3x2']],
  ['a tall one', { size: '1024x1792' }, ['aspect_ratio', '9x16']],
  ['a ratio', { aspectRatio: '16:10' }, ['aspect_ratio', '16x10']],
  ['no matter which', { size: 'auto' }, undefined],
  ['for V4', { model: 'ideogram-v4', size: '1024x1024' }, ['resolution', '2048x2048']],
  ['a ratio for V4', { model: 'ideogram-v4', aspectRatio: '16:9' }, ['resolution', '2560x1440']],
])('ideogram#3: resolution or aspect ratio, never both: %s', async (_, fields, expected) => {
  const { fields: parts } = await sent(fields)
  const shape = parts.filter(([name]) => name === 'resolution' || name === 'aspect_ratio')
  expect(shape).toEqual(expected ? [expected] : [])
})

test.each<[string, string | undefined, string | undefined, string[]]>([
  ['ideogram-v3', undefined, undefined, []],
  ['ideogram-v3', 'auto', undefined, []],
  ['ideogram-v3', 'low', 'TURBO', []],
  ['ideogram-v3', 'medium', 'DEFAULT', []],
  ['ideogram-v3', 'hd', 'QUALITY', []],
  ['ideogram-v3', 'odd', undefined, ['quality']],
  ['ideogram-v3-flash', undefined, 'FLASH', []],
  ['ideogram-v3-turbo', 'low', 'TURBO', []],
  ['ideogram-v3-quality', 'low', 'QUALITY', ['quality']],
  ['ideogram-v4-turbo', undefined, 'TURBO', []],
  ['ideogram-v4', 'high', 'QUALITY', []],
])('%s in quality %s is as fast as %s', async (model, quality, speed, dropped) => {
  const wire = await sent({ model, ...(quality && { quality }) })
  expect(Object.fromEntries(wire.fields).rendering_speed).toBe(speed)
  expect(wire.dropped).toEqual(dropped)
})

test.each(['ideogram-v2', 'ideogram-v4-flash', 'ideogram-v3-slow', 'ideogram-v3/../x', 'dall-e-3'])(
  'there is no model %s',
  (model) => {
    expect(() => requests({ model })).toThrow(expect.objectContaining({ code: 'model_not_found' }))
  },
)

test('V4 calls the prompt text_prompt and makes one picture at a time', async () => {
  expect(requests({ model: 'ideogram-v4', n: 3 })).toHaveLength(3)
  expect(await sent({ model: 'ideogram-v4', n: 3, seed: 7 })).toMatchObject({
    path: V4,
    fields: [['text_prompt', 'A cat']],
    dropped: ['seed'],
  })
})

test('V3 makes eight pictures at a time', async () => {
  const all = requests({ n: 10 })
  const counts = await Promise.all(all.map(async (wire) => (await sentForm(wire)).fields[0]))
  expect(counts.map((field) => field?.value)).toEqual(['8', '2'])
})

test('a ratio beside a size of another shape is lost', async () => {
  const wire = await sent({ size: '1024x1024', aspectRatio: '16:9' })
  expect(wire.fields).toContainEqual(['resolution', '1024x1024'])
  expect(wire.dropped).toEqual(['aspect_ratio'])
})

test('each form has a seed of its own', async () => {
  const forms = await Promise.all(requests({ n: 10, seed: 7 }).map(sentForm))
  const seeds = forms.map(({ fields }) => fields.find(({ name }) => name === 'seed')?.value)
  expect(seeds).toEqual(['7', '8'])
})

test.each<[string, string | undefined, string[]]>([
  ['vivid', undefined, ['style']],
  ['natural', undefined, ['style']],
  ['realistic', 'REALISTIC', []],
])('the style %s', async (style, expected, dropped) => {
  const wire = await sent({ style })
  expect(Object.fromEntries(wire.fields).style_type).toBe(expected)
  expect(wire.dropped).toEqual(dropped)
})

test('a transparent background is made elsewhere, as PNG, and not by the fastest', async () => {
  const fields = { background: 'transparent', outputFormat: 'png', size: '1024x1024' }
  const extensions = { upscale_factor: 'X2', style_type: 'DESIGN' }
  expect(await sent({ ...fields, extensions, model: 'ideogram-v3-flash' })).toEqual({
    path: '/v1/ideogram-v3/generate-transparent',
    fields: [
      ['prompt', 'A cat'],
      ['aspect_ratio', '1x1'],
      ['rendering_speed', 'TURBO'],
      ['upscale_factor', 'X2'],
    ],
    files: [],
    dropped: ['style_type'],
  })
})

const image = { data: Uint8Array.of(1, 2, 3), mimeType: 'image/png', name: 'cat.png' }
const mask = {
  data: encode({ width: 2, height: 1, channels: 4, data: Uint8Array.of(9, 9, 9, 0, 9, 9, 9, 255) }),
  mimeType: 'image/png',
}

test('images are edited by words, several at once', async () => {
  const wire = await sent({ images: [image, image], background: 'transparent', n: 1 })
  expect(wire).toMatchObject({
    path: '/v1/edit',
    fields: [
      ['prompt', 'A cat'],
      ['transparent_background', 'true'],
    ],
    dropped: [],
  })
  expect(wire.files.map(({ name, fileName }) => [name, fileName])).toEqual([
    ['images', 'cat.png'],
    ['images', 'cat.png'],
  ])
  expect(requests({ images: [image], n: 2 })).toHaveLength(2)
})

test('an image with a weight is remixed', async () => {
  const wire = await sent({ images: [image], size: '1024x1024', extensions: { image_weight: 70 } })
  expect(wire).toMatchObject({
    path: '/v1/ideogram-v3/remix',
    fields: [
      ['prompt', 'A cat'],
      ['resolution', '1024x1024'],
      ['image_weight', '70'],
    ],
    files: [{ name: 'image', bytes: image.data }],
  })
})

test('ideogram#6: with a mask the image is edited where the mask is transparent', async () => {
  const wire = await sent({ images: [image], mask, size: '1024x512', quality: 'low', n: 2 })
  expect(wire).toMatchObject({
    path: '/v1/ideogram-v3/inpaint',
    fields: [
      ['num_images', '2'],
      ['prompt', 'A cat'],
      ['rendering_speed', 'TURBO'],
    ],
    files: [{ name: 'image' }, { name: 'mask', mimeType: 'image/png' }],
    dropped: [],
  })
  const sentMask = decode(wire.files[1]?.bytes ?? new Uint8Array(0))
  expect([...sentMask.data]).toEqual([0, 255])
})

test.each<[string, object]>([
  ['mask', { mask }],
  ['mask', { model: 'ideogram-v4', images: [image], mask }],
  ['background', { model: 'ideogram-v4', background: 'transparent' }],
  ['output_format', { outputFormat: 'jpeg' }],
  ['size', { size: '1024x100' }],
  ['size', { images: [image], size: '1024x1024' }],
  ['size', { images: [image], mask, size: '1024x1024' }],
  ['image', { images: [image, image], mask }],
  ['n', { n: 11 }],
])('%s is refused where it has no words for it, or dropped', async (param, fields) => {
  expect(() => requests(fields)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param }),
  )
  expect((await sent(fields, { dropsUnsupported: true })).dropped).toEqual([param])
})

const made = {
  url: 'https://ideogram.x.test/1.png?exp=1',
  prompt: 'A white cat',
  resolution: '1312x736',
  is_image_safe: true,
  seed: 7,
  style_type: 'GENERAL',
}
const unsafe = { url: null, is_image_safe: false, prompt: 'x' }
const answer = (...data: object[]) => ({ created: '2026-11-20T10:00:00.5Z', data })
const read = (...data: object[]) => driveExchange(exchange({}), [[answer(...data)]]).reply

test('ideogram#7: an answer is pictures, which are all that is counted', () => {
  expect(read(made)).toEqual({
    created: 1_795_168_800,
    images: [{ url: made.url, revisedPrompt: 'A white cat' }],
    size: '1312x736',
    usage: usageOf({ images: 1, estimated: true }),
  })
})

test('ideogram#4: unsafe pictures are left out, and none left is content_filter', () => {
  expect(read(unsafe, made).images).toHaveLength(1)
  expect(() => read(unsafe)).toThrow(
    expect.objectContaining({
      code: 'upstream_rejected',
      status: 400,
      upstream: expect.objectContaining({ code: 'content_filter' }),
    }),
  )
})

test('ideogram#5: addresses end soon, so that base64 is fetched at once', () => {
  const { steps, reply } = driveExchange(exchange({ responseFormat: 'base64' }), [
    [answer(made)],
    [Uint8Array.of(1, 2, 3)],
  ])
  expect(steps[1]).toEqual({ do: 'fetch', urls: [made.url] })
  expect(reply.images).toEqual([{ data: 'AQID', revisedPrompt: 'A white cat' }])
})

test('an answer without pictures is a failure of the provider', () => {
  expect(() => read()).toThrow(expect.objectContaining({ code: 'upstream_failed' }))
})

test.each<[number, object, object]>([
  [400, { message: 'Bad resolution' }, { code: 'upstream_rejected', status: 400 }],
  [401, {}, { code: 'credential_rejected' }],
  [402, {}, { code: 'insufficient_quota' }],
  [403, {}, { code: 'credential_rejected' }],
  [
    422,
    { error: 'Prompt failed the safety check' },
    {
      code: 'upstream_rejected',
      status: 422,
      message: expect.stringContaining('safety check'),
      upstream: expect.objectContaining({ code: 'content_filter' }),
    },
  ],
  [503, {}, { code: 'upstream_overloaded' }],
])('an answer of status %i', (status, body, expected) => {
  const bytes = bytesOf(JSON.stringify(body))
  expect(ideogramImages.readError(status, {}, bytes, targetOf())).toMatchObject(expected)
})

test('ideogram#8: too many requests at once are a 429 without a date', () => {
  const error = ideogramImages.readError(429, {}, bytesOf(''), targetOf())
  expect(error).toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: undefined })
})
