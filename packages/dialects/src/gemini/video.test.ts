import { usageOf } from '@aigne-hub/protocol'
import { GenerateVideosOperation, GoogleGenAI } from '@google/genai'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { targetOf } from '../testing/bytes.ts'
import { driveExchange } from '../testing/drive-exchange.ts'
import { geminiVideo } from './video.ts'

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const waves = { model: 'veo-3.1', prompt: 'Waves' }
const exchange = (fields: object = {}) => geminiVideo.exchange({ ...waves, ...fields }, targetOf())
const sent = (fields: object) => {
  const step = exchange(fields).next().value
  if (!('do' in step) || step.do !== 'send') throw new Error('Nothing is sent.')
  const [wire] = step.requests
  return { ...wire, body: JSON.parse(String(wire?.body)) }
}

const name = 'models/m1/operations/op1'
const uri = 'https://generativelanguage.test/v1beta/files/f1:download?alt=media'
const done = {
  name,
  done: true,
  response: { generateVideoResponse: { generatedSamples: [{ video: { uri } }] } },
}
const mp4 = Uint8Array.of(1, 2, 3)

test('a film is asked for, waited for and fetched', () => {
  const { steps, reply } = driveExchange(exchange({ seconds: 4 }), [
    [{ name }],
    [],
    [{ name, metadata: {} }],
    [],
    [done],
    [mp4],
  ])
  const question = {
    do: 'send',
    requests: [{ method: 'GET', path: `/${name}`, dropped: [] }],
  }
  const wait = (milliseconds: number) => ({ do: 'wait', milliseconds })
  expect(steps.slice(1)).toEqual([
    wait(2000),
    question,
    wait(3000),
    question,
    { do: 'fetch', urls: [uri] },
  ])
  expect(reply).toEqual({
    model: 'veo-3.1',
    videos: [{ data: 'AQID', mimeType: 'video/mp4' }],
    seconds: 4,
    usage: usageOf({ seconds: 4, estimated: true }),
  })
})

test('a request is an instance and parameters', () => {
  const fields = {
    size: '1080x1920',
    seconds: 6,
    seed: 7,
    image: { data: mp4, mimeType: 'image/png' },
    extensions: { negative_prompt: 'rain', fps: 3 },
  }
  expect(sent(fields)).toEqual({
    path: '/models/m1:predictLongRunning',
    body: {
      instances: [
        { prompt: 'Waves', image: { bytesBase64Encoded: 'AQID', mimeType: 'image/png' } },
      ],
      parameters: {
        aspectRatio: '9:16',
        durationSeconds: 6,
        resolution: '1080p',
        seed: 7,
        negativePrompt: 'rain',
      },
    },
    dropped: ['fps'],
  })
  expect(sent({ size: '1280x720' }).body.parameters).toEqual({ aspectRatio: '16:9' })
  expect(sent({ size: '3840x2160' }).body.parameters.resolution).toBe('4k')
})

test('a size may be its lines, as the AIGNE clients name it', () => {
  const wire = sent({ size: '1080p', aspectRatio: '9:16' })
  expect(wire.body.parameters).toEqual({ aspectRatio: '9:16', resolution: '1080p' })
  expect(wire.dropped).toEqual([])
})

test('a size or a ratio that says nothing is reported', () => {
  const wire = sent({ size: 'big', aspectRatio: 'wide' })
  expect(wire.body.parameters).toEqual({})
  expect(wire.dropped).toEqual(['size', 'aspect_ratio'])
})

test('a shape that it does not make is refused', () => {
  expect(() => sent({ size: '1024x1024' })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'size' }),
  )
})

// The judge is Google's own client, which makes films on Vertex AI only, and reads them of both.

test('on Vertex AI it sends what Google’s own client sends, and reads the same', async () => {
  const base = 'https://vertex.test/v1beta1/publishers/google'
  const operationName = 'projects/p/locations/l/publishers/google/models/m1/operations/op1'
  const videos = [{ bytesBase64Encoded: 'AQID', mimeType: 'video/mp4' }]
  const bodies: unknown[] = []
  const answerWith = (path: string, answer: object) =>
    http.post(path, async ({ request }) => {
      bodies.push(await request.json())
      return HttpResponse.json(answer)
    })
  const finished = { name: operationName, done: true, response: { videos } }
  server.use(
    answerWith(`${base}/models/m1\\:predictLongRunning`, { name: operationName }),
    answerWith('https://vertex.test/*\\:fetchPredictOperation', finished),
  )
  const client = new GoogleGenAI({
    vertexai: true,
    apiKey: 'k',
    httpOptions: { baseUrl: 'https://vertex.test' },
  })
  const operation = await client.models.generateVideos({
    model: 'm1',
    source: { prompt: 'Waves', image: { imageBytes: 'AQID', mimeType: 'image/png' } },
    config: { aspectRatio: '16:9', durationSeconds: 6, resolution: '1080p' },
  })
  const theirs = await client.operations.getVideosOperation({ operation })

  const image = { data: 'AQID', mimeType: 'image/png' }
  const { steps, reply } = driveExchange(exchange({ size: '1920x1080', seconds: 6, image }), [
    [{ name: operationName }],
    [],
    [finished],
  ])
  const ours = steps.flatMap((step) => (step.do === 'send' ? step.requests : []))
  expect(ours.map(({ body }) => JSON.parse(String(body)))).toEqual(bodies)
  expect(ours[1]?.path).toBe('/models/m1:fetchPredictOperation')
  expect(reply.videos).toEqual([{ data: 'AQID', mimeType: 'video/mp4' }])
  expect(theirs.response?.generatedVideos?.[0]?.video?.videoBytes).toBe('AQID')
})

test('Google’s own client finds the film of the Gemini API where we do', async () => {
  server.use(http.get(`https://google.test/*/${name}`, () => HttpResponse.json(done)))
  const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: 'https://google.test' } })
  const operation = Object.assign(new GenerateVideosOperation(), { name })
  const theirs = await client.operations.getVideosOperation({ operation })
  expect(theirs.response?.generatedVideos?.[0]?.video?.uri).toBe(uri)
})

const filtered = {
  done: true,
  response: { generateVideoResponse: { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ['x'] } },
}

test.each<[string, unknown[][], object]>([
  ['is filtered', [[{ name }], [], [filtered]], { code: 'upstream_rejected', status: 400 }],
  ['is not there', [[{ name }], [], [{ done: true }]], { code: 'upstream_failed' }],
  [
    'ends with an error',
    [[{ name }], [], [{ done: true, error: { code: 14, message: 'x' } }]],
    { code: 'upstream_overloaded' },
  ],
  [
    'is refused for its prompt',
    [[{ name }], [], [{ done: true, error: { code: 3, message: 'x' } }]],
    { code: 'upstream_rejected', status: 400 },
  ],
  ['has no name', [[{}]], { code: 'upstream_failed' }],
  ['leads elsewhere', [[{ name: '../../v1/files' }]], { code: 'upstream_failed' }],
  ['leads elsewhere inside', [[{ name: 'models/../files' }]], { code: 'upstream_failed' }],
])('a film that %s is a failure', (_, answers, expected) => {
  expect(() => driveExchange(exchange(), answers)).toThrow(expect.objectContaining(expected))
})
