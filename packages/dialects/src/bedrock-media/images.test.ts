import { HubError, type ImagesRequest, type JsonObject, type MediaFile } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { decode, encode } from 'fast-png'
import { expect, test } from 'vitest'
import { targetOf } from '../testing/bytes.ts'
import { answerOf, driveExchange } from '../testing/drive-exchange.ts'
import { bedrockImages } from './images.ts'

const target = { ...targetOf({}, 'bedrock'), model: 'amazon.nova-canvas-v1:0' }
const asking = (rest: Partial<ImagesRequest> = {}): ImagesRequest => ({
  model: 'm',
  prompt: 'A cat',
  n: 1,
  ...rest,
})

function sent(rest: Partial<ImagesRequest>) {
  const { value } = bedrockImages.exchange(asking(rest), target).next()
  if (!('requests' in value)) throw new TypeError('The exchange does not begin with requests.')
  const { requests } = value
  return {
    path: requests[0]?.path,
    dropped: requests[0]?.dropped,
    bodies: requests.map(({ body }) => JSON.parse(String(body)) as JsonObject),
  }
}

const file = (data: string): MediaFile => ({ data, mimeType: 'image/png' })
/** The head of a PNG of the colour type. */
const png = (colourType: number) => {
  const head = Buffer.alloc(33)
  head.write('\x89PNG\r\n\x1a\n', 'latin1')
  head[25] = colourType
  return head.toString('base64')
}

test('a picture from words, with all that can be said about it', () => {
  const { path, bodies, dropped } = sent({
    n: 2,
    size: '1280x720',
    quality: 'high',
    style: 'photorealism',
    negativePrompt: 'dogs',
    seed: 7,
    outputFormat: 'png',
    extensions: { cfg_scale: 6.5 },
    user: 'ann',
  })
  expect(path).toBe('/model/amazon.nova-canvas-v1%3A0/invoke')
  expect(dropped).toEqual(['user'])
  expect(bodies).toEqual([
    {
      taskType: 'TEXT_IMAGE',
      textToImageParams: { text: 'A cat', negativeText: 'dogs', style: 'PHOTOREALISM' },
      imageGenerationConfig: {
        width: 1280,
        height: 720,
        quality: 'premium',
        cfgScale: 6.5,
        seed: 7,
        numberOfImages: 2,
      },
    },
  ])
})

test('at most five at a time, each time with a seed of its own', () => {
  const { bodies } = sent({ n: 7, seed: 2_147_483_646 })
  expect(bodies.map(({ imageGenerationConfig }) => imageGenerationConfig)).toEqual([
    { seed: 2_147_483_646, numberOfImages: 5 },
    { seed: 0, numberOfImages: 2 },
  ])
})

test('pictures to vary', () => {
  const { bodies } = sent({
    images: [file('AAAA'), file('BBBB')],
    extensions: { similarity_strength: 0.4 },
  })
  expect(bodies[0]).toMatchObject({
    taskType: 'IMAGE_VARIATION',
    imageVariationParams: { text: 'A cat', images: ['AAAA', 'BBBB'], similarityStrength: 0.4 },
  })
})

test('a picture to paint into, which stays as large as it is', () => {
  const { bodies, dropped } = sent({
    images: [file('AAAA')],
    mask: file(png(2)),
    size: '1024x1024',
  })
  expect(dropped).toEqual(['size'])
  expect(bodies).toEqual([
    {
      taskType: 'INPAINTING',
      inPaintingParams: { text: 'A cat', image: 'AAAA', maskImage: png(2) },
      imageGenerationConfig: { numberOfImages: 1 },
    },
  ])
})

test.each<[Partial<ImagesRequest>, string[]]>([
  [{ aspectRatio: '1:1' }, ['aspect_ratio']],
  [{ size: '512x512', aspectRatio: '1:1' }, ['size']],
  [{ size: '512x512', aspectRatio: '16:9' }, ['aspect_ratio', 'size']],
])('into a picture %j is lost by its own name', (shape, dropped) => {
  const painting = { images: [file('AAAA')], mask: file(png(2)) }
  expect(sent({ ...painting, ...shape }).dropped).toEqual(dropped)
})

test('a mask that is transparent where to paint becomes black there', () => {
  const rgba = Uint8Array.of(9, 9, 9, 0, 9, 9, 9, 255)
  const data = encode({ width: 2, height: 1, channels: 4, data: rgba })
  const mask = { data, mimeType: 'image/png' }
  const { bodies, dropped } = sent({ images: [file('AAAA')], mask })
  const [body] = bodies as { inPaintingParams: { maskImage: string } }[]
  const maskImage = body?.inPaintingParams.maskImage ?? ''
  expect(dropped).toEqual([])
  expect(decode(Buffer.from(maskImage, 'base64'))).toMatchObject({
    channels: 1,
    data: Uint8Array.of(0, 255),
  })
})

test.each<[string, Partial<ImagesRequest>, string]>([
  ['a mask without an image', { mask: file(png(2)) }, 'mask'],
  ['too many images', { images: new Array<MediaFile>(6).fill(file('AAAA')) }, 'image'],
  ['another format', { outputFormat: 'webp' }, 'output_format'],
  ['a shape that is too long', { size: '4096x512' }, 'size'],
  ['a ratio that is too long', { aspectRatio: '1:5' }, 'aspect_ratio'],
  ['transparency', { background: 'transparent' }, 'background'],
  ['an address', { images: [{ url: 'https://example.com/a.png' }] }, 'image'],
])('%s is refused', (_, request, param) => {
  expect(() => sent(request)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param }),
  )
})

test.each<[Partial<ImagesRequest>, JsonObject]>([
  [{ size: '1024x1536' }, { width: 1024, height: 1536 }],
  [{ aspectRatio: '1:1' }, { width: 1024, height: 1024 }],
  [{ size: '256x256' }, { width: 320, height: 320 }],
  [{ size: 'auto' }, {}],
])('the size for %j', (request, expected) => {
  const { imageGenerationConfig } = sent(request).bodies[0] ?? {}
  const { numberOfImages: _, ...size } = imageGenerationConfig as JsonObject
  expect(size).toEqual(expected)
})

test('whatever size is asked for, what goes out is allowed', () => {
  const side = fc.integer({ min: 1, max: 9999 })
  fc.assert(
    fc.property(side, side, (w, h) => {
      fc.pre(Math.max(w / h, h / w) <= 4)
      const config = sent({ size: `${w}x${h}` }).bodies[0]?.imageGenerationConfig as JsonObject
      const [width, height] = [config.width as number, config.height as number]
      expect([width % 16, height % 16]).toEqual([0, 0])
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(320)
      expect(Math.max(width, height)).toBeLessThanOrEqual(4096)
      expect(width * height).toBeLessThanOrEqual(4_194_304)
      expect(Math.max(width / height, height / width)).toBeLessThanOrEqual(4)
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['standard', 'standard'],
  ['premium', 'premium'],
  ['hd', 'premium'],
  ['low', 'standard'],
])('the quality %s is %s', (quality, expected) => {
  expect(sent({ quality }).bodies[0]?.imageGenerationConfig).toMatchObject({ quality: expected })
})

test('words it does not know are lost', () => {
  expect(sent({ quality: 'superb', style: 'vivid' }).dropped).toEqual(['style', 'quality'])
})

test('the pictures of all calls are the answer', () => {
  const exchange = bedrockImages.exchange(asking({ n: 6, size: '512x512', quality: 'hd' }), target)
  const { reply } = driveExchange(exchange, [[{ images: ['AAAA', 'BBBB'] }, { images: ['CCCC'] }]])
  expect(reply).toMatchObject({
    images: ['AAAA', 'BBBB', 'CCCC'].map((data) => ({ data, mimeType: 'image/png' })),
    size: '512x512',
    quality: 'premium',
    usage: { images: 3 },
  })
})

test('pictures that its filter held back are left out', () => {
  const error = 'Some of the generated images have been blocked.'
  const exchange = bedrockImages.exchange(asking({ n: 2 }), target)
  const { reply } = driveExchange(exchange, [[{ images: ['AAAA'], error }]])
  expect(reply.images).toHaveLength(1)
})

test.each<[object]>([
  [{ images: [], error: 'All of the generated images have been blocked.' }],
  [{ status: 'Request Moderated', details: { 'Moderation Reasons': ['x'] } }],
])('if none is left, the request was rejected: %j', (answer) => {
  const exchange = bedrockImages.exchange(asking(), target)
  expect(() => driveExchange(exchange, [[answer]])).toThrow(
    expect.objectContaining({
      code: 'upstream_rejected',
      upstream: expect.objectContaining({ code: 'content_filter' }),
    }),
  )
})

test('no answer makes it throw anything but a HubError', () => {
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ images: fc.jsonValue(), error: fc.jsonValue() }),
  )
  fc.assert(
    fc.property(body, (value) => {
      const exchange = bedrockImages.exchange(asking(), target)
      exchange.next()
      try {
        exchange.next([answerOf(value)])
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
      }
    }),
    { numRuns: 300 },
  )
})
