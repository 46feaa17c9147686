import { editBody, type ImagesRequest, readJsonBody, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64 } from '../testing/arbitrary-request.ts'
import { bodyOf, bytesOf, targetOf, textOf } from '../testing/bytes.ts'
import { openAiImages } from './images.ts'

const cat = { model: 'm1', prompt: 'A cat' }
const read = (body: object) => openAiImages.readRequest(bodyOf(body), {})

const request: fc.Arbitrary<ImagesRequest> = fc.record(
  {
    model: fc.constant('m1'),
    prompt: fc.string({ minLength: 1 }),
    n: fc.integer({ min: 1, max: 10 }),
    size: fc.constantFrom('auto', '1024x1536'),
    quality: fc.constantFrom('low', 'hd'),
    style: fc.constantFrom('vivid', 'natural'),
    background: fc.constantFrom('auto', 'transparent'),
    outputFormat: fc.constantFrom('png', 'webp'),
    outputCompression: fc.integer({ min: 0, max: 100 }),
    moderation: fc.constantFrom('auto', 'low'),
    aspectRatio: fc.constantFrom('16:9', '2:3'),
    inputFidelity: fc.constantFrom('high', 'low'),
    negativePrompt: fc.string(),
    seed: fc.integer(),
    responseFormat: fc.constantFrom('url', 'base64'),
    user: fc.string(),
    extensions: fc.constant({ frame_count: 4 }),
  },
  { requiredKeys: ['model', 'prompt', 'n'], noNullPrototype: true },
)

test('a request that is written and read again is the same request', () => {
  fc.assert(
    fc.property(request, (given) => {
      const { body } = openAiImages.writeRequest(given, targetOf())
      expect(openAiImages.readRequest(readJsonBody(bytesOf(body as string)), {})).toStrictEqual(
        given,
      )
    }),
    { numRuns: 200 },
  )
})

test('an answer that is written and read again is the same answer', () => {
  const image = fc.oneof(
    base64.map((data) => ({ data })),
    fc.webUrl().map((url) => ({ url, revisedPrompt: 'A white cat' })),
  )
  fc.assert(
    fc.property(
      fc.array(image, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.nat(),
      (images, input, output) => {
        const usage = usageOf({ input, output, imageOut: output, images: images.length })
        const response = { created: 7, images, size: '1024x1024', outputFormat: 'png', usage }
        const wire = openAiImages.writeResponse(
          { requestId: 'r', arrivedAt: 1_790_000_000, request: { ...cat, n: 1 } },
          response,
        )
        expect(openAiImages.readResponse(bytesOf(wire), targetOf())).toStrictEqual(response)
      },
    ),
    { numRuns: 200 },
  )
})

test.each<[string, object]>([
  ['model', { prompt: 'x' }],
  ['prompt', { model: 'm1' }],
  ['prompt', { ...cat, prompt: '' }],
  ['prompt', { ...cat, prompt: 'x'.repeat(32_001) }],
  ['n', { ...cat, n: 11 }],
  ['n', { ...cat, n: 0 }],
  ['size', { ...cat, size: 'big' }],
  ['output_compression', { ...cat, output_compression: 101 }],
  ['response_format', { ...cat, response_format: 'png' }],
  ['quality', { ...cat, quality: 5 }],
  ['aspect_ratio', { ...cat, aspect_ratio: '16x9' }],
  ['seed', { ...cat, seed: 1.5 }],
  ['negative_prompt', { ...cat, negative_prompt: 5 }],
  ['stream', { ...cat, stream: 'yes' }],
])('%s is named when it is wrong', (param, body) => {
  expect(() => read(body)).toThrow(expect.objectContaining({ code: 'invalid_request', param }))
})

test('an answer whose provider gave no date has the date of the call', () => {
  const context = { requestId: 'r', arrivedAt: 1_790_000_000, request: { ...cat, n: 1 } }
  const response = { created: 0, images: [{ data: 'iVBO' }], usage: usageOf() }
  expect(JSON.parse(openAiImages.writeResponse(context, response)).created).toBe(1_790_000_000)
})

test('a ratio that is auto is left to the model', () => {
  expect(read({ ...cat, aspect_ratio: 'auto' })).toStrictEqual({ ...cat, n: 1 })
})

test('a stream of images is refused', () => {
  expect(() => read({ ...cat, stream: true })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', status: 400, param: 'stream' }),
  )
  expect(read({ ...cat, stream: false })).toStrictEqual({ ...cat, n: 1 })
})

test('size that the target cannot give is a 400, style is a hint', () => {
  const target = targetOf({ unsupported: ['size', 'style'] })
  expect(openAiImages.writeRequest(read({ ...cat, style: 'vivid' }), target).dropped).toEqual([
    'style',
  ])
  expect(() => openAiImages.writeRequest(read({ ...cat, size: '1x1' }), target)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'size' }),
  )
})

describe('usage', () => {
  const answer = {
    created: 7,
    data: [{ b64_json: 'iVBORw0KGgo=' }],
    usage: {
      input_tokens: 12,
      input_tokens_details: { text_tokens: 10, image_tokens: 2 },
      output_tokens: 272,
      total_tokens: 284,
    },
  }
  const expected = usageOf({ input: 12, imageIn: 2, output: 272, imageOut: 272, images: 1 })
  const relayedUsage = (body: object) =>
    openAiImages.relay?.readUsage(bytesOf(JSON.stringify(body)), targetOf())

  test('is tokens, and pictures', () => {
    expect(openAiImages.readResponse(bytesOf(JSON.stringify(answer)), targetOf()).usage).toEqual(
      expected,
    )
    expect(relayedUsage(answer)).toEqual(expected)
  })

  test('without tokens is the pictures, and is not made up for the caller', () => {
    const { usage: _, ...silent } = answer
    expect(relayedUsage(silent)).toEqual(usageOf({ images: 1, estimated: true }))
    const reply = openAiImages.readResponse(bytesOf(JSON.stringify(silent)), targetOf())
    const wire = openAiImages.writeResponse(
      { requestId: 'r', arrivedAt: 1_790_000_000, request: { ...cat, n: 1 } },
      reply,
    )
    expect(JSON.parse(wire)).not.toHaveProperty('usage')
  })

  test('of a long answer is read without parsing the pictures', () => {
    const data = [
      { b64_json: 'A'.repeat(5000), revised_prompt: 'say "b64_json": "x" or "url":"y"' },
      { url: null, b64_json: 'B'.repeat(5000), revised_prompt: 'b64_json' },
    ]
    expect(relayedUsage({ ...answer, data })).toEqual({ ...expected, images: 2 })
  })
})

test.each<[string, unknown]>([
  ['no pictures', { created: 1 }],
  ['an empty list', { data: [] }],
  ['an empty picture', { data: [{}] }],
  ['an error', { error: { message: 'x' } }],
])('%s is a failure of the provider, in both lanes', (_, body) => {
  const bytes = bytesOf(JSON.stringify(body))
  const failure = expect.objectContaining({ code: 'upstream_failed' })
  expect(() => openAiImages.readResponse(bytes, targetOf())).toThrow(failure)
  expect(() => openAiImages.relay?.readUsage(bytes, targetOf())).toThrow(failure)
})

describe('response_format', () => {
  const edits = (format: string, quirks = {}) => {
    const body = readJsonBody(bytesOf(`{"model":"m1","prompt":"x","response_format":"${format}"}`))
    const fitting = openAiImages.relay?.edits(
      body,
      openAiImages.readRequest(body, {}),
      targetOf(quirks),
    )
    return fitting && textOf(editBody(body, fitting.edits))
  }

  test('is left out for a target that refuses it and sends data anyway', () => {
    const quirks = { noImageResponseFormat: true }
    expect(edits('b64_json', quirks)).toBe('{"model":"m1","prompt":"x"}')
    expect(edits('b64_json')).toContain('response_format')
    const { body } = openAiImages.writeRequest(
      { ...cat, n: 1, responseFormat: 'base64' },
      targetOf(quirks),
    )
    expect(body).not.toContain('response_format')
  })

  test('url from such a target is a data address, which only the translate lane can write', () => {
    expect(edits('url', { noImageResponseFormat: true })).toBeUndefined()
    const wire = openAiImages.writeResponse(
      {
        requestId: 'r',
        arrivedAt: 1_790_000_000,
        request: { ...cat, n: 1, responseFormat: 'url' },
      },
      { created: 1, images: [{ data: 'iVBO' }], outputFormat: 'webp', usage: usageOf() },
    )
    expect(JSON.parse(wire).data).toEqual([{ url: 'data:image/webp;base64,iVBO' }])
  })
})
