import { type FormBody, HubError, type ImagesRequest, usageOf } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { toFile } from 'openai'
import { describe, expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { openAiClient } from '../testing/openai-client.ts'
import { sentForm } from '../testing/parsed-form.ts'
import { openAiImageEdits } from './image-edits.ts'
import { openAiImages } from './images.ts'

const png = bytesOf('\x89PNG\r\n')
const file = (name: string, bytes = png) => ({
  name,
  fileName: 'a.png',
  mimeType: 'image/png',
  bytes,
})
const picture = { data: png, mimeType: 'image/png', name: 'a.png' }
const formOf = (fields: Record<string, string>, ...files: FormBody['files']): FormBody => ({
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
  files,
})
const asked = { model: 'm1', prompt: 'Make it blue' }
const readForm = (form: FormBody) => openAiImageEdits.readForm(form, {})
const readJson = (body: object) => openAiImageEdits.readRequest(bodyOf(body), {})
const context = (request: ImagesRequest) => ({ requestId: 'r', arrivedAt: 1_790_000_000, request })

describe('OpenAI’s own client', () => {
  const reply = {
    created: 7,
    images: [{ data: 'iVBORw0KGgo=' }],
    size: '1024x1024',
    usage: usageOf({ input: 12, imageIn: 2, output: 272, imageOut: 272, images: 1 }),
  }

  test('sends a form that is read, and reads the answer', async () => {
    const read: ImagesRequest[] = []
    const client = openAiClient(({ form }) => {
      const request = readForm(form as FormBody)
      read.push(request)
      return openAiImageEdits.writeResponse(context(request), reply)
    })
    const upload = (name: string) => toFile(png, name, { type: 'image/png' })
    const answer = await client.images.edit({
      ...asked,
      image: [await upload('1.png'), await upload('2.png')],
      mask: await upload('mask.png'),
      n: 2,
      size: '1536x1024',
      quality: 'high',
      background: 'transparent',
      input_fidelity: 'high',
      output_format: 'webp',
      output_compression: 80,
      stream: false,
      complexity: 'low',
    })
    expect(read).toStrictEqual([
      {
        ...asked,
        n: 2,
        images: [
          { ...picture, name: '1.png' },
          { ...picture, name: '2.png' },
        ],
        mask: { ...picture, name: 'mask.png' },
        size: '1536x1024',
        quality: 'high',
        background: 'transparent',
        inputFidelity: 'high',
        outputFormat: 'webp',
        outputCompression: 80,
        extensions: { complexity: 'low' },
      },
    ])
    expect(answer.data).toEqual([{ b64_json: 'iVBORw0KGgo=' }])
    expect(answer.usage?.total_tokens).toBe(284)
  })

  test('sends what we send for the same request', async () => {
    const forms: (FormBody | undefined)[] = []
    const client = openAiClient(({ form }) => {
      forms.push(form)
      return '{"created":1,"data":[{"b64_json":"x"}]}'
    })
    const image = await toFile(png, 'a.png', { type: 'image/png' })
    await client.images.edit({ ...asked, n: 2, image: [image, image] })
    const request = { ...asked, n: 2, images: [picture, picture] }
    const wire = openAiImages.writeRequest(request, targetOf())
    expect(wire.path).toBe('/images/edits')
    const ours = await sentForm(wire)
    const byName = (form?: FormBody) =>
      form?.fields.toSorted((one, other) => one.name.localeCompare(other.name))
    expect(byName(ours)).toEqual(byName(forms[0]))
    expect(ours.files).toEqual(forms[0]?.files)
  })
})

const text = fc.string({ minLength: 1 })
const content = fc.record(
  {
    data: fc.uint8Array({ minLength: 1 }),
    mimeType: fc.constantFrom('image/png', 'image/webp'),
    name: fc.constantFrom('a.png', 'b "c".webp'),
  },
  { noNullPrototype: true },
)
const request: fc.Arbitrary<ImagesRequest> = fc.record(
  {
    model: fc.constant('m1'),
    prompt: text,
    n: fc.integer({ min: 1, max: 10 }),
    images: fc.array(content, { minLength: 1, maxLength: 3 }),
    mask: content,
    size: fc.constantFrom('auto', '1024x1536'),
    aspectRatio: fc.constantFrom('16:9', '2:3'),
    quality: text,
    style: text,
    background: text,
    outputFormat: text,
    outputCompression: fc.integer({ min: 0, max: 100 }),
    moderation: text,
    inputFidelity: text,
    negativePrompt: text,
    seed: fc.integer(),
    responseFormat: fc.constantFrom('url', 'base64'),
    user: text,
    extensions: fc.constant({ complexity: 'low', tags: ['a', 'b'] }),
  },
  { requiredKeys: ['model', 'prompt', 'n', 'images'], noNullPrototype: true },
)

test('a request that is written as a form and read again is the same request', async () => {
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const wire = openAiImages.writeRequest(given, targetOf())
      expect(readForm(await sentForm(wire))).toStrictEqual(given)
    }),
    { numRuns: 200 },
  )
})

test.each(['image', 'image[]', 'image[0]'])('an image may come as %s', (name) => {
  expect(readForm(formOf(asked, file(name))).images).toEqual([picture])
})

test.each<[string, FormBody]>([
  ['model', formOf({ prompt: 'x' }, file('image'))],
  ['prompt', formOf({ model: 'm1' }, file('image'))],
  ['image', formOf(asked)],
  ['image', formOf(asked, ...new Array(17).fill(file('image[]')))],
  ['image', formOf(asked, file('image', new Uint8Array(0)))],
  ['image', formOf({ ...asked, image: 'https://example.com/a.png' })],
  ['mask', formOf({ ...asked, mask: 'x' }, file('image'))],
  ['mask', formOf(asked, file('image'), file('mask'), file('mask'))],
  ['markup', formOf(asked, file('image'), file('markup'))],
  ['n', formOf({ ...asked, n: 'two' }, file('image'))],
  ['n', formOf({ ...asked, n: '11' }, file('image'))],
  ['n', formOf({ ...asked, n: '1.5' }, file('image'))],
  ['output_compression', formOf({ ...asked, output_compression: '101' }, file('image'))],
  ['stream', formOf({ ...asked, stream: 'yes' }, file('image'))],
  ['stream', formOf({ ...asked, stream: 'true' }, file('image'))],
  ['size', formOf({ ...asked, size: 'big' }, file('image'))],
  ['aspect_ratio', formOf({ ...asked, aspect_ratio: 'wide' }, file('image'))],
  ['prompt', { fields: [...formOf(asked).fields, { name: 'prompt', value: 'y' }], files: [] }],
])('%s of a form is named when it is wrong', (param, form) => {
  expect(() => readForm(form)).toThrow(expect.objectContaining({ status: 400, param }))
})

test('a number that was left empty in a form was left out', () => {
  expect(readForm(formOf({ ...asked, n: '', seed: ' 7 ' }, file('image')))).toStrictEqual({
    ...asked,
    n: 1,
    seed: 7,
    images: [picture],
  })
})

const names = fc.oneof(
  fc.constantFrom('model', 'prompt', 'n', 'size', 'stream', 'mask', 'image[]', 'x[]', '__proto__'),
  fc.string(),
)

test('no form makes the reader throw anything but a 400', { timeout: 600_000 }, () => {
  const fields = fc.array(fc.record({ name: names, value: fc.string() }))
  const files = fc.array(
    fc.record({ name: names, mimeType: fc.string(), bytes: fc.uint8Array({ maxLength: 3 }) }),
  )
  fc.assert(
    fc.property(fields, files, (given, uploads) => {
      try {
        readForm({ fields: given, files: uploads })
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
        expect((thrown as HubError).status).toBe(400)
      }
    }),
    { numRuns: scale.malformedBodies },
  )
})

test('no JSON makes the reader throw anything but a 400', { timeout: 600_000 }, () => {
  const body = fc.record(
    { image: fc.jsonValue(), images: fc.jsonValue(), mask: fc.jsonValue(), n: fc.jsonValue() },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(body, (given) => {
      try {
        readJson({ ...asked, ...given })
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError)
        expect((thrown as HubError).status).toBe(400)
      }
    }),
    { numRuns: scale.malformedBodies },
  )
})

describe('JSON', () => {
  const address = 'https://example.com/a.png'
  const data = { data: 'iVBO', mimeType: 'image/png' }

  test.each<[string, object, unknown[]]>([
    ['xAI’s one image', { image: { url: address, type: 'image_url' } }, [{ url: address }]],
    [
      'xAI’s list',
      { images: [{ url: 'data:image/png;base64,iVBO' }, { url: address }] },
      [data, { url: address }],
    ],
    ['OpenAI’s list', { images: [{ image_url: 'data:image/png;base64,iVBO' }] }, [data]],
    ['an address of chat', { images: [{ image_url: { url: address } }] }, [{ url: address }]],
    ['an address alone', { image: address }, [{ url: address }]],
  ])('%s', (_, body, images) => {
    expect(readJson({ ...asked, ...body })).toStrictEqual({ ...asked, n: 1, images })
  })

  test('has a mask in the same form', () => {
    expect(readJson({ ...asked, image: address, mask: { image_url: address } }).mask).toEqual({
      url: address,
    })
  })

  test.each<[string, object]>([
    ['image', {}],
    ['images', { images: 7 }],
    ['images[0]', { images: [7] }],
    ['images[0].image_url', { images: [{}] }],
    ['images[0].file_id', { images: [{ file_id: 'f1' }] }],
    ['image', { image: 'ftp://example.com' }],
    ['mask.image_url', { image: address, mask: { url: 'x' } }],
  ])('%s is named when it is wrong: %j', (param, body) => {
    expect(() => readJson({ ...asked, ...body })).toThrow(
      expect.objectContaining({ status: 400, param }),
    )
  })
})

describe('going out', () => {
  const edit = { ...asked, n: 1, images: [picture] }

  test('an address cannot go into a form', () => {
    const images = [{ url: 'https://example.com/a.png' }]
    expect(() => openAiImages.writeRequest({ ...edit, images }, targetOf())).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'image' }),
    )
  })

  test('data that is no base64 is the caller’s mistake', () => {
    const mask = { data: '!', mimeType: 'image/png' }
    expect(() => openAiImages.writeRequest({ ...edit, mask }, targetOf())).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'mask' }),
    )
  })

  test('hints that the target refuses are left out of the form too, meaning is a 400', async () => {
    const target = targetOf({ unsupported: ['seed', 'negative_prompt', 'mask'] })
    const hints = { ...edit, seed: 7, negativePrompt: 'red' }
    const wire = openAiImages.writeRequest(hints, target)
    expect(wire.dropped).toEqual(['seed', 'negative_prompt'])
    expect((await sentForm(wire)).fields.map(({ name }) => name)).toEqual(['model', 'prompt'])
    const masked = { ...edit, mask: picture }
    expect(() => openAiImages.writeRequest(masked, target)).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'mask' }),
    )
    const dropped = openAiImages.writeRequest(masked, { ...target, dropsUnsupported: true })
    expect((await sentForm(dropped)).files.map(({ name }) => name)).toEqual(['image'])
  })

  test('a target that only makes new images refuses to edit one', () => {
    expect(() => openAiImages.writeRequest(edit, targetOf({ unsupported: ['image'] }))).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'image' }),
    )
  })

  test.each([
    ['16:9', '1536x1024'],
    ['9:16', '1024x1536'],
    ['1:1', '1024x1024'],
  ])('%s becomes a size where the target knows sizes only', (aspectRatio, size) => {
    const target = targetOf({ unsupported: ['aspect_ratio'] })
    const wire = openAiImages.writeRequest({ ...asked, n: 1, aspectRatio }, target)
    expect(JSON.parse(wire.body as string)).toEqual({ ...asked, size })
    expect(wire.dropped).toEqual([])
    const body = bodyOf({ ...asked, aspect_ratio: aspectRatio })
    const request = openAiImages.readRequest(body, {})
    expect(openAiImages.relay.edits(body, request, target)).toBeUndefined()
  })

  test('a ratio beside a size, or like none of the sizes, is a hint', () => {
    const target = targetOf({ unsupported: ['aspect_ratio'] })
    const sized = { ...asked, n: 1, size: '512x512', aspectRatio: '1:1' }
    expect(openAiImages.writeRequest(sized, target).dropped).toEqual(['aspect_ratio'])
    const wide = { ...asked, n: 1, aspectRatio: '21:9' }
    expect(openAiImages.writeRequest(wide, target).dropped).toEqual(['aspect_ratio'])
  })
})
