import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readImageSize } from '../../behaviour/image-size.ts'
import { createSimulator } from '../../simulator.ts'
import { jsonClient } from '../../testing/json-client.ts'

const simulator = createSimulator({ seed: 7 })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let openai: OpenAI
const openrouter = jsonClient(() => `${listening.url}/openrouter/api/v1`)

beforeAll(async () => {
  listening = await simulator.listen()
  const baseURL = `${listening.url}/openrouter/api/v1`
  openai = new OpenAI({ baseURL, apiKey: 'key', maxRetries: 0 })
})
afterAll(() => listening.close())

test('embeddings tell what they cost, and take parts', async () => {
  const model = 'openai/text-embedding-3-small'
  const { data, usage } = await openai.embeddings.create({ model, input: ['one', 'two'] })
  expect(data[0]?.embedding).toHaveLength(256)
  expect(usage).toMatchObject({ prompt_tokens: 2, cost: expect.any(Number) })
  const parts = [{ content: [{ type: 'text', text: 'one' }] }]
  const answer = await openrouter.post('/embeddings', { model, input: parts })
  expect(answer.json).toMatchObject({ data: [{ index: 0 }], usage: { prompt_tokens: 1 } })
})

test('images have a path of their own, and come by size or by ratio', async () => {
  const model = 'google/gemini-3.1-flash-image'
  const request = { model, prompt: 'a cat', aspect_ratio: '1:1', resolution: '512' }
  const answer = await openrouter.post('/images', request)
  expect(answer.headers.get('x-generation-id')).toMatch(/^gen-/)
  const { data, usage } = answer.json as {
    data: { b64_json: string; media_type: string }[]
    usage: { cost: number }
  }
  expect(data[0]?.media_type).toBe('image/png')
  const bytes = Buffer.from(data[0]?.b64_json ?? '', 'base64')
  expect(readImageSize(bytes)).toMatchObject({ width: 512, height: 512 })
  expect(usage.cost).toBeGreaterThan(0)
  expect((await openrouter.post('/images', { ...request, size: '512x512' })).status).toBe(400)
  expect((await openrouter.post('/images/generations', request)).status).toBe(404)
})

test('references change an image', async () => {
  const request = { model: 'image', prompt: 'a cat', size: '256x256' }
  const url = 'https://example.com/a.png'
  const references = [{ type: 'image_url', image_url: { url } }]
  const plain = await openrouter.post('/images', request)
  const edited = await openrouter.post('/images', { ...request, input_references: references })
  expect(edited.status).toBe(200)
  expect(edited.json).not.toEqual(plain.json)
})

test('a video is a job with a link at its end', async () => {
  const request = { model: 'google/veo-3.1', prompt: 'a cat', duration: 4 }
  const begun = await openrouter.post('/videos', request)
  expect(begun).toMatchObject({ status: 202, json: { status: 'pending' } })
  const { id } = begun.json as { id: string }
  expect((await openrouter.get(`/videos/${id}/content`)).status).toBe(400)
  expect((await openrouter.get(`/videos/${id}`)).json).toMatchObject({ status: 'in_progress' })
  expect((await openrouter.get(`/videos/${id}`)).json).toMatchObject({
    status: 'completed',
    unsigned_urls: [expect.stringMatching(/\/openrouter\/files\/\w+\.mp4$/)],
  })
  const content = await fetch(`${listening.url}/openrouter/api/v1/videos/${id}/content`)
  expect(content.headers.get('content-type')).toBe('video/mp4')
})

test('ranking returns the documents', async () => {
  const documents = ['the weather', 'reset a password']
  const request = { model: 'simulator/rerank', query: 'password', documents }
  expect((await openrouter.post('/rerank', request)).json).toMatchObject({
    provider: 'Simulator',
    results: [{ index: 1, document: { text: 'reset a password' } }, { index: 0 }],
    usage: { search_units: 1, cost: expect.any(Number) },
  })
})

test('speech is PCM where nothing else is asked for, and can be written down', async () => {
  const speech = { model: 'openai/gpt-4o-mini-tts', voice: 'alloy', input: 'Hi' }
  const spoken = await openai.audio.speech.create(speech)
  expect(spoken.headers.get('content-type')).toBe('audio/pcm')
  const file = await toFile(Buffer.from(await spoken.arrayBuffer()), 'a.wav')
  const model = 'openai/gpt-4o-transcribe'
  expect((await openai.audio.transcriptions.create({ file, model })).text).toContain('a.wav')
})

test('an error has a number for its code', async () => {
  simulator.script('rate-limited')
  const refused = await openrouter.post('/images', { model: 'image', prompt: 'x' })
  expect(refused).toMatchObject({ status: 429, json: { error: { code: 429 } } })
})
