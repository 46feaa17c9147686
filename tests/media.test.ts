// Media through the providers that have them: the official `openai` SDK where it has the operation.
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EveryProviderLab, startEveryProvider } from './every-provider.ts'
import { adminKey } from './hub.ts'
import { pixels } from './voices.ts'

let lab: EveryProviderLab
let client: OpenAI

beforeAll(async () => {
  lab = await startEveryProvider()
  client = new OpenAI({ baseURL: lab.hub.baseURL, apiKey: adminKey, maxRetries: 0 })
})

afterAll(() => lab.close())

const png = Buffer.from(pixels, 'base64')
const isPng = (data: Uint8Array) => Buffer.from(data).subarray(1, 4).toString() === 'PNG'
const lastBody = () => lab.upstream.requests.at(-1)?.body

/** What the answers here may hold. */
interface Answer {
  error?: { param: string }
  results?: object[]
  seconds?: number
  videos?: { url?: string; data?: string; mimeType: string }[]
  images?: { data: string }[]
}

async function post(path: string, body: object) {
  const response = await fetch(lab.hub.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer,
  }
}

describe('embeddings', () => {
  const models = [
    ['openai', 'embed-256'],
    ['mistral', 'mistral-embed'],
    ['ollama', 'embed-256'],
    ['openrouter', 'openai/text-embedding-3-small'],
    ['google', 'gemini-embedding-001'],
    ['vertex', 'gemini-embedding-001'],
    ['doubao', 'doubao-embedding-text'],
    ['doubao', 'doubao-embedding-vision'],
    ['bedrock', 'amazon.titan-embed-text-v2:0'],
    ['bedrock', 'cohere.embed-v4:0'],
    ['lmstudio', 'embed-256'],
    ['groq', 'nomic-embed-text-v1_5'],
    ['azure-openai', 'text-embedding-3-small'],
  ] as const

  test.each(models)('%s/%s gives one vector a text', async (provider, model) => {
    const answer = await client.embeddings.create({
      model: `${provider}/${model}`,
      input: ['A harbour at night', 'A field by day'],
    })
    expect(answer.data.map(({ index }) => index)).toEqual([0, 1])
    for (const { embedding } of answer.data) {
      expect(embedding.length).toBeGreaterThan(100)
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 3)
    }
    expect(answer.usage.prompt_tokens).toBeGreaterThan(0)
  })

  test.each([
    ['openai', 'embed-256', 64],
    ['google', 'gemini-embedding-001', 64],
    ['bedrock', 'amazon.titan-embed-text-v2:0', 256],
    ['ollama', 'embed-256', 64],
  ])('%s shortens them to the dimensions asked for', async (provider, model, dimensions) => {
    const { data } = await client.embeddings.create({
      model: `${provider}/${model}`,
      input: 'A harbour',
      dimensions,
    })
    expect(data[0]?.embedding).toHaveLength(dimensions)
  })
})

describe('images', () => {
  const models = [
    ['openai', 'image'],
    ['xai', 'grok-imagine-image'],
    ['google', 'image'],
    ['vertex', 'gemini-2.5-flash-image'],
    ['openrouter', 'google/gemini-2.5-flash-image'],
    ['doubao', 'doubao-seedream-4-0'],
    ['ideogram', 'ideogram-v3'],
    ['ideogram', 'ideogram-v4'],
    ['bedrock', 'amazon.nova-canvas-v1:0'],
    ['poe', 'GPT-Image-1.5'],
    ['azure-openai', 'gpt-image-1'],
  ] as const

  test.each(models)(
    '%s/%s draws, and gives the data when asked for it',
    async (provider, model) => {
      const { data } = await client.images.generate({
        model: `${provider}/${model}`,
        prompt: 'A lighthouse',
        response_format: 'b64_json',
      })
      expect(data).toHaveLength(1)
      expect(isPng(Buffer.from(data?.[0]?.b64_json ?? '', 'base64'))).toBe(true)
    },
  )

  test.each([
    ['openai', 'image'],
    ['xai', 'grok-imagine-image'],
    ['google', 'image'],
    ['doubao', 'doubao-seedream-4-0'],
    ['openrouter', 'google/gemini-2.5-flash-image'],
    ['ideogram', 'ideogram-v3'],
  ])('%s/%s edits several images that come as a form', async (provider, model) => {
    const { data } = await client.images.edit({
      model: `${provider}/${model}`,
      prompt: 'Put them side by side',
      image: [
        await toFile(png, 'first.png', { type: 'image/png' }),
        await toFile(png, 'second.png', { type: 'image/png' }),
      ],
      response_format: 'b64_json',
    })
    expect(isPng(Buffer.from(data?.[0]?.b64_json ?? '', 'base64'))).toBe(true)
  })

  test('what a provider has no words for is reported, what changes the picture refused', async () => {
    const { status, headers } = await post('/v1/images/generations', {
      model: 'xai/grok-imagine-image',
      prompt: 'A lighthouse',
      size: '1536x1024',
      quality: 'high',
      style: 'vivid',
      user: 'somebody',
    })
    expect(status).toBe(200)
    expect(headers.get('x-hub-dropped-params')).toContain('style')
    expect(lastBody()).toMatchObject({ aspect_ratio: '3:2', quality: 'high' })
    expect(lastBody()).not.toHaveProperty('size')
    const refused = await post('/v1/images/generations', {
      model: 'xai/grok-imagine-image',
      prompt: 'A lighthouse',
      background: 'transparent',
    })
    expect([refused.status, refused.body.error?.param]).toEqual([400, 'background'])
  })
})

describe.each([
  ['openai', 'speech'],
  ['groq', 'playai-tts'],
  ['openrouter', 'openai/tts-1'],
  ['azure-openai', 'tts'],
])('speech of %s/%s', (provider, model) => {
  test('comes as audio, in the format asked for', async () => {
    const response = await client.audio.speech.create({
      model: `${provider}/${model}`,
      voice: 'alloy',
      input: 'Good evening, harbour.',
      response_format: 'mp3',
    })
    expect(response.headers.get('content-type')).toMatch(/^audio\/mpeg/)
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.length).toBeGreaterThan(1000)
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
  })
})

describe.each([
  ['openai', 'transcribe'],
  ['groq', 'whisper-large-v3'],
  ['openrouter', 'openai/whisper-1'],
  ['azure-openai', 'whisper'],
])('transcription by %s/%s', (provider, model) => {
  const file = () => toFile(Buffer.from('RIFF0000WAVEfmt audio'), 'a.wav', { type: 'audio/wav' })

  test('comes as JSON, and as text', async () => {
    const name = `${provider}/${model}`
    const { text } = await client.audio.transcriptions.create({ model: name, file: await file() })
    expect(text).toContain('wav')
    const plain = await client.audio.transcriptions.create({
      model: name,
      file: await file(),
      response_format: 'text',
    })
    expect(String(plain)).toContain('wav')
  })
})

test('a transcription is streamed', async () => {
  const stream = await client.audio.transcriptions.create({
    model: 'openai/transcribe',
    file: await toFile(Buffer.from('RIFF0000WAVEfmt audio'), 'a.wav', { type: 'audio/wav' }),
    stream: true,
  })
  const types: string[] = []
  for await (const { type } of stream) types.push(type)
  expect(types[0]).toBe('transcript.text.delta')
  expect(types.at(-1)).toBe('transcript.text.done')
})

test.each([['openai/moderation'], ['mistral/mistral-moderation-latest']])(
  '%s moderates',
  async (model) => {
    const { results } = await client.moderations.create({
      model,
      input: ['Attack the harbour', 'Have a nice day'],
    })
    expect(results.map(({ flagged }) => flagged)).toEqual([true, false])
  },
)

test('openrouter ranks documents', async () => {
  const { status, body } = await post('/v1/rerank', {
    model: 'openrouter/cohere/rerank-v3.5',
    query: 'harbour lights',
    documents: ['Fields of wheat', 'The lights of the harbour'],
    top_n: 1,
  })
  expect(status).toBe(200)
  expect(body.results).toMatchObject([{ index: 1 }])
})

test.each([
  ['openai/video'],
  ['xai/grok-imagine-video'],
  ['doubao/doubao-seedance-1-0'],
  ['google/veo-3.1'],
  ['vertex/veo-3.1-generate-001'],
])(
  '%s makes a video for a client of AIGNE’s that waits for it',
  async (model) => {
    const { status, body } = await post('/api/v2/video', {
      input: { prompt: 'Waves', seconds: '4', modelOptions: { model }, outputFileType: 'url' },
      options: { streaming: false },
    })
    expect([status, body]).toMatchObject([200, { seconds: 4 }])
    const [video] = body.videos ?? []
    const bytes = video?.url
      ? Buffer.from(await (await fetch(video.url)).arrayBuffer())
      : Buffer.from(video?.data ?? '', 'base64')
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp')
    expect(video?.mimeType).toBe('video/mp4')
  },
  60_000,
)

test('a client of AIGNE’s gets images', async () => {
  const { status, body } = await post('/api/v2/image', {
    input: {
      prompt: 'A boat',
      n: 1,
      size: '1024x1024',
      modelOptions: { model: 'openai/image' },
    },
    options: { streaming: false },
  })
  expect(status).toBe(200)
  expect(isPng(Buffer.from(body.images?.[0]?.data ?? '', 'base64'))).toBe(true)
})
