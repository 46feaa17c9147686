import { usageOf } from '@aigne-hub/protocol'
import { GoogleGenAI } from '@google/genai'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { bytesOf, targetOf } from '../testing/bytes.ts'
import { driveExchange } from '../testing/drive-exchange.ts'
import { geminiImages } from './images.ts'

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const cat = { model: 'nano-banana-2.1', prompt: 'A cat', n: 1 }
const picture = { inlineData: { mimeType: 'image/png', data: 'iVBO' } }
const answer = {
  candidates: [
    { content: { role: 'model', parts: [{ text: 'Here.' }, picture] }, finishReason: 'STOP' },
  ],
  usageMetadata: {
    promptTokenCount: 5,
    candidatesTokenCount: 1295,
    totalTokenCount: 1300,
    candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }],
  },
}
const none = (finishReason: string) => ({ candidates: [{ content: {}, finishReason }] })

const exchange = (fields: object, target: object = {}) =>
  geminiImages.exchange({ ...cat, ...fields }, { ...targetOf(), ...target })
const sent = (fields: object, target?: object) => {
  const step = exchange(fields, target).next().value
  if (!('do' in step) || step.do !== 'send') throw new Error('Nothing is sent.')
  return step.requests.map((wire) => ({ ...wire, body: JSON.parse(String(wire.body)) }))
}
const read = (answers: object[], fields: object = {}) =>
  driveExchange(exchange({ n: answers.length, ...fields }), [answers]).reply

test('a size becomes a ratio and a size of Google’s', () => {
  const fields = { size: '4096x2304', seed: 7, outputFormat: 'png', quality: 'hd', style: 'vivid' }
  expect(sent(fields)).toEqual([
    {
      path: '/models/m1:generateContent',
      body: {
        contents: [{ role: 'user', parts: [{ text: 'A cat' }] }],
        generationConfig: {
          responseModalities: ['TEXT', 'IMAGE'],
          imageConfig: { aspectRatio: '16:9', imageSize: '4K' },
          seed: 7,
        },
      },
      dropped: ['quality', 'style'],
    },
  ])
})

test('every picture has a seed of its own', () => {
  const seeds = sent({ n: 3, seed: 7 }).map(({ body }) => body.generationConfig.seed)
  expect(seeds).toEqual([7, 8, 9])
})

test.each([
  ['16:9', ['aspect_ratio']],
  ['1:1', []],
])('beside a square size the ratio %s is lost: %j', (aspectRatio, dropped) => {
  const [wire] = sent({ size: '1024x1024', aspectRatio })
  expect(wire?.body.generationConfig.imageConfig).toEqual({ aspectRatio: '1:1' })
  expect(wire?.dropped).toEqual(dropped)
})

test('what is not asked for is not written', () => {
  const [wire] = sent({ size: 'auto' })
  expect(wire?.body.generationConfig).toEqual({ responseModalities: ['TEXT', 'IMAGE'] })
  expect(sent({ size: '1024x1024' })[0]?.body.generationConfig.imageConfig).toEqual({
    aspectRatio: '1:1',
  })
})

test('it sends what Google’s own client sends', async () => {
  const bodies: unknown[] = []
  server.use(
    http.post('https://google.test/v1/models/m1\\:generateContent', async ({ request }) => {
      bodies.push(await request.json())
      return HttpResponse.json(answer)
    }),
  )
  const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: 'https://google.test' } })
  const theirs = await client.models.generateContent({
    model: 'm1',
    contents: [
      {
        role: 'user',
        parts: [{ text: 'A cat' }, { inlineData: { mimeType: 'image/png', data: 'AQID' } }],
      },
    ],
    config: {
      responseModalities: ['TEXT', 'IMAGE'],
      imageConfig: { aspectRatio: '3:4', imageSize: '2K' },
    },
  })
  const images = [{ data: Uint8Array.of(1, 2, 3), mimeType: 'image/png' }]
  expect(sent({ size: '1728x2304', images })[0]?.body).toEqual(bodies[0])
  expect(theirs.candidates?.[0]?.content?.parts?.[1]?.inlineData?.data).toBe(
    read([answer]).images[0]?.data,
  )
})

test('several pictures are several requests, whose usage adds up', () => {
  expect(sent({ n: 3 })).toHaveLength(3)
  expect(read([answer, answer])).toEqual({
    created: 0,
    images: [
      { data: 'iVBO', mimeType: 'image/png' },
      { data: 'iVBO', mimeType: 'image/png' },
    ],
    outputFormat: 'png',
    usage: usageOf({ input: 10, output: 2590, imageOut: 2580, images: 2 }),
  })
})

test('gemini#9: drafts are thoughts, and are not shown', () => {
  const parts = [{ ...picture, thought: true }, picture]
  expect(read([{ candidates: [{ content: { parts } }] }]).images).toHaveLength(1)
})

const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }

test('gemini#7: what is blocked is left out, and nothing left is content_filter', () => {
  expect(read([none('IMAGE_SAFETY'), answer]).images).toHaveLength(1)
  const failure = expect.objectContaining({
    code: 'upstream_rejected',
    upstream: expect.objectContaining({ code: 'content_filter' }),
  })
  expect(() => read([blocked])).toThrow(failure)
  expect(() => read([none('IMAGE_SAFETY')])).toThrow(failure)
  expect(() => read([none('PROHIBITED_CONTENT'), none('NO_IMAGE')])).toThrow(failure)
})

test.each(['NO_IMAGE', 'STOP', 'IMAGE_OTHER'])(
  'an answer that ends with %s is a failure',
  (raw) => {
    expect(() => read([none(raw)])).toThrow(expect.objectContaining({ code: 'upstream_failed' }))
  },
)

test.each<[string, object]>([
  ['mask', { mask: { data: 'AQID', mimeType: 'image/png' } }],
  ['output_format', { outputFormat: 'webp' }],
  ['background', { background: 'transparent' }],
  ['size', { size: '4000x500' }],
  ['n', { n: 11 }],
])('%s is refused, or dropped if the caller likes', (param, fields) => {
  expect(() => sent(fields)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param }),
  )
  expect(sent(fields, { dropsUnsupported: true })[0]?.dropped).toEqual([param])
})

test('an address of an image is refused: it is the hub that fetches', () => {
  expect(() => sent({ images: [{ url: 'https://x.test/1.png' }] })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'image' }),
  )
})

test('gemini#6: a bad key is a 400', () => {
  const body = {
    error: { code: 400, message: 'x', details: [{ reason: 'API_KEY_INVALID' }] },
  }
  const error = geminiImages.readError(400, {}, bytesOf(JSON.stringify(body)), targetOf())
  expect(error.code).toBe('credential_rejected')
})
