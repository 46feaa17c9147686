import { HubError, type ImagesRequest, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bodyOf } from '../testing/bytes.ts'
import { aigneImages } from './images.ts'
import { aigneVideo } from './video.ts'

// Bodies as `@aigne/aigne-hub` 0.10.16 was seen to send them, unless a test says otherwise.
const envelope = (input: object) => ({
  input,
  agent: '$CHAT_MODEL',
  options: { streaming: false, userContext: {}, memories: [] },
})
const dot = { filename: 'dot.png', mimeType: 'image/png', type: 'file', data: 'iVBO' }
const usage = usageOf({ input: 3, output: 272, images: 1 })
const wireUsage = {
  inputTokens: 3,
  outputTokens: 272,
  cacheReadInputTokens: 0,
  cacheCreationInputTokens: 0,
}

describe('images', () => {
  const model = 'openai/dall-e-3'
  const asked = { prompt: 'a small red dot', modelOptions: { model }, outputFileType: 'url' }
  const read = (body: object) => aigneImages.readRequest(bodyOf(body), {})
  const readInput = (input: object) => read(envelope({ ...asked, ...input }))

  test('a plain question', () => {
    expect(readInput({})).toStrictEqual({ model, prompt: 'a small red dot', n: 1 })
  })

  test('an image to work from', () => {
    expect(readInput({ image: [dot] })).toStrictEqual({
      model,
      prompt: 'a small red dot',
      n: 1,
      images: [{ data: 'iVBO', mimeType: 'image/png', name: 'dot.png' }],
    })
  })

  test.each<[string, unknown, object[]]>([
    ['one file', { type: 'file', data: 'iVBO' }, [{ data: 'iVBO', mimeType: 'image/png' }]],
    ['an address', { type: 'url', url: 'https://h/a.png' }, [{ url: 'https://h/a.png' }]],
  ])('an image may be %s', (_, image, images) => {
    expect(readInput({ image }).images).toEqual(images)
  })

  test('extra parameters stand in the input or in the options, in either spelling', () => {
    const parameters = {
      n: 2,
      size: '1024x1536',
      quality: 'high',
      style: 'vivid',
      background: 'transparent',
      seed: 7,
      user: 'u1',
      moderation: 'low',
    }
    const camel = { aspectRatio: '2:3', outputFormat: 'webp', outputCompression: 80 }
    const snake = { aspect_ratio: '2:3', output_format: 'webp', output_compression: 80 }
    const more = { inputFidelity: 'high', negativePrompt: 'blue', complexity: 'low' }
    const expected: ImagesRequest = {
      model,
      prompt: 'a small red dot',
      ...parameters,
      ...camel,
      inputFidelity: 'high',
      negativePrompt: 'blue',
      extensions: { complexity: 'low' },
    }
    expect(readInput({ ...parameters, ...camel, ...more })).toStrictEqual(expected)
    const modelOptions = { model, ...parameters, ...snake, ...more }
    expect(readInput({ modelOptions })).toStrictEqual(expected)
  })

  test('an option goes before what the input says', () => {
    const modelOptions = { model, quality: 'high' }
    expect(readInput({ quality: 'low', modelOptions }).quality).toBe('high')
  })

  test('the model stands in the options, in the input or at the top; else it is the clients’ own', () => {
    const input = { prompt: 'x' }
    expect(read(envelope({ ...input, model: 'a/b' })).model).toBe('a/b')
    expect(read({ model: 'a/b', ...envelope(input) }).model).toBe('a/b')
    expect(read(envelope(input)).model).toBe('openai/gpt-image-1')
  })

  test('the answer has a type for each image and no model of the provider’s', () => {
    const context = { requestId: 'r', arrivedAt: 7, request: readInput({}) }
    const images = [
      { data: 'iVBO' },
      { url: 'https://h/a.webp', mimeType: 'image/webp' },
      { url: 'https://h/b' },
    ]
    const response = { created: 1, images, outputFormat: 'jpeg', usage }
    expect(JSON.parse(aigneImages.writeResponse(context, response))).toEqual({
      images: [
        { type: 'file', data: 'iVBO', mimeType: 'image/jpeg' },
        { type: 'url', url: 'https://h/a.webp', mimeType: 'image/webp' },
        { type: 'url', url: 'https://h/b', mimeType: 'image/jpeg' },
      ],
      usage: wireUsage,
      model,
    })
  })

  test.each([
    ['svg', undefined, 'image/svg+xml'],
    [undefined, 'webp', 'image/webp'],
    [undefined, undefined, 'image/png'],
  ])('made as %s, asked for as %s, an image is %s', (outputFormat, output_format, mimeType) => {
    const context = { requestId: 'r', arrivedAt: 7, request: readInput({ output_format }) }
    const made = outputFormat === undefined ? {} : { outputFormat }
    const response = { created: 1, images: [{ data: 'AA' }], ...made, usage }
    const { images } = JSON.parse(aigneImages.writeResponse(context, response))
    expect(images).toEqual([{ type: 'file', data: 'AA', mimeType }])
  })

  test.each<[string, object]>([
    ['input', {}],
    ['input.prompt', envelope({ modelOptions: { model } })],
    ['input.modelOptions', envelope({ ...asked, modelOptions: 7 })],
    ['input.n', envelope({ ...asked, n: 11 })],
    ['input.modelOptions.n', envelope({ ...asked, modelOptions: { n: 0 } })],
    ['input.size', envelope({ ...asked, size: 'big' })],
    ['input.aspectRatio', envelope({ ...asked, aspectRatio: 'wide' })],
    ['input.image[0].type', envelope({ ...asked, image: [{ type: 'local', path: '/a' }] })],
    ['input.image.type', envelope({ ...asked, image: { url: 'https://h' } })],
    ['input.image.url', envelope({ ...asked, image: { type: 'url', url: 'file:///a' } })],
    ['input.image[0].data', envelope({ ...asked, image: [{ type: 'file' }] })],
    ['input.image', envelope({ ...asked, image: 'x' })],
    ['input.mask', envelope({ ...asked, mask: [dot, dot] })],
  ])('%s is named when it is wrong: %j', (param, body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ status: 400, param }))
  })
})

describe('videos', () => {
  const model = 'openai/sora-2'
  // The client sends the model twice, and the seconds as text.
  const asked = {
    prompt: 'a red dot moving',
    seconds: '4',
    outputFileType: 'url',
    modelOptions: { model },
    model,
  }
  const read = (body: object) => aigneVideo.readRequest(bodyOf(body), {})
  const readInput = (input: object) => read(envelope({ ...asked, ...input }))

  test('a plain question', () => {
    expect(readInput({})).toStrictEqual({ model, prompt: 'a red dot moving', seconds: 4 })
  })

  test('everything there is a word for', () => {
    const given = { size: '1280x720', aspectRatio: '16:9', image: dot, seed: 7, fps: 24 }
    expect(readInput(given)).toStrictEqual({
      model,
      prompt: 'a red dot moving',
      seconds: 4,
      size: '1280x720',
      aspectRatio: '16:9',
      image: { data: 'iVBO', mimeType: 'image/png', name: 'dot.png' },
      seed: 7,
      extensions: { fps: 24 },
    })
  })

  test('the model is the clients’ own when nothing is said', () => {
    expect(read(envelope({ prompt: 'x' })).model).toBe(model)
  })

  test('the answer says the seconds as a number, which the client insists on', () => {
    const response = {
      model: 'sora-2-2025',
      videos: [
        { url: 'https://h/a.mp4', mimeType: 'video/mp4' },
        { data: 'AAEC', mimeType: 'video/webm' },
      ],
      seconds: 4,
      usage: usageOf({ seconds: 4 }),
    }
    const context = { requestId: 'r', arrivedAt: 7, request: readInput({}) }
    expect(JSON.parse(aigneVideo.writeResponse(context, response))).toEqual({
      videos: [
        { type: 'url', url: 'https://h/a.mp4', mimeType: 'video/mp4' },
        { type: 'file', data: 'AAEC', mimeType: 'video/webm' },
      ],
      usage: { ...wireUsage, inputTokens: 0, outputTokens: 0 },
      model,
      seconds: 4,
    })
  })

  test.each<[string, object]>([
    ['input.prompt', envelope({ ...asked, prompt: '' })],
    ['input.seconds', envelope({ ...asked, seconds: 'long' })],
    ['input.seconds', envelope({ ...asked, seconds: 0 })],
    ['input.seconds', envelope({ ...asked, seconds: true })],
    ['input.image', envelope({ ...asked, image: [dot, dot] })],
    ['input.size', envelope({ ...asked, size: 7 })],
  ])('%s is named when it is wrong: %j', (param, body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ status: 400, param }))
  })
})

test('an error has the object the client reads', () => {
  const error = new HubError('model_not_found', 'No such model.')
  for (const { writeError } of [aigneImages, aigneVideo]) {
    expect(JSON.parse(writeError(error, 'req_1')).error).toMatchObject({
      message: 'No such model.',
      type: 'invalid_request_error',
    })
  }
})

test('no body makes either reader throw anything but a 400', { timeout: 600_000 }, () => {
  const key = fc.constantFrom('prompt', 'model', 'image', 'n', 'seconds', 'size', 'seed', 'type')
  const anything = fc.object({ key })
  fc.assert(
    fc.property(anything, fc.jsonValue(), (input, modelOptions) => {
      for (const dialect of [aigneImages, aigneVideo]) {
        try {
          dialect.readRequest(bodyOf({ input: { prompt: 'x', ...input, modelOptions } }), {})
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(HubError)
          expect((thrown as HubError).status).toBe(400)
        }
      }
    }),
    { numRuns: scale.malformedBodies },
  )
})
