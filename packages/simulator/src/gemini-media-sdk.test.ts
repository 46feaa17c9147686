import { type GenerateContentResponse, GenerateVideosOperation, GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readImageSize } from './behaviour/image-size.ts'
import { drawPng } from './behaviour/png.ts'
import type { FaultName } from './faults.ts'
import { createRandom } from './random.ts'
import { createSimulator } from './simulator.ts'

const simulator = createSimulator({ seed: 7, requireKey: 'key' })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let google: GoogleGenAI
let base: string

beforeAll(async () => {
  listening = await simulator.listen()
  base = `${listening.url}/google`
  google = new GoogleGenAI({
    apiKey: 'key',
    apiVersion: 'v1beta',
    httpOptions: { baseUrl: base, retryOptions: { attempts: 1 } },
  })
})
afterAll(() => listening.close())

const post = (path: string, body: object, key = 'key') =>
  fetch(`${base}/v1beta/${path}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const get = (url: string) => fetch(url, { headers: { 'x-goog-api-key': 'key' } })
const contentOf = (text: string) => ({ parts: [{ text }] })
const norm = (vector: readonly number[] = []) => Math.hypot(...vector)

describe('embeddings', () => {
  test('of several texts come together, and similar ones are closer', async () => {
    const { embeddings = [] } = await google.models.embedContent({
      model: 'embed-256',
      contents: ['reset my password', 'password reset', 'the weather in Paris'],
    })
    const [one = [], same = [], other = []] = embeddings.map(({ values }) => values)
    const dot = (to: number[]) => one.reduce((sum, value, at) => sum + value * (to[at] ?? 0), 0)
    expect(one).toHaveLength(256)
    expect(norm(one)).toBeCloseTo(1, 5)
    expect(dot(same)).toBeGreaterThan(dot(other) + 0.2)
  })

  test('of fewer dimensions are the beginning of the full ones', async () => {
    const request = { model: 'gemini-embedding-001', contents: 'one two three' }
    const full = await google.models.embedContent(request)
    const config = { outputDimensionality: 768, taskType: 'RETRIEVAL_QUERY' }
    const cut = await google.models.embedContent({ ...request, config })
    const values = full.embeddings?.[0]?.values
    expect(values).toHaveLength(3072)
    expect(norm(values)).toBeCloseTo(1, 5)
    expect(cut.embeddings?.[0]?.values).toEqual(values?.slice(0, 768))
    expect(norm(cut.embeddings?.[0]?.values)).toBeLessThan(0.999)
  })

  test('of one text, by embedContent, tell usage, and those of the older model do not', async () => {
    const content = contentOf('one two three')
    const answer = await post('models/embed-256:embedContent', { content })
    expect(await answer.json()).toMatchObject({
      embedding: { values: { length: 256 } },
      usageMetadata: { promptTokenCount: 3 },
    })
    const older = await post('models/gemini-embedding-001:embedContent', { content })
    expect(await older.json()).not.toHaveProperty('usageMetadata')
  })

  test.each([
    ['no task of theirs', { content: contentOf('x'), taskType: 'SINGING' }],
    ['more dimensions than there are', { content: contentOf('x'), outputDimensionality: 257 }],
    ['an unknown field', { content: contentOf('x'), dimensions: 3 }],
    ['no content', {}],
    ['another model', { model: 'models/chat', content: contentOf('x') }],
  ])('are refused for %s', async (_what, body) => {
    const answer = await post('models/embed-256:embedContent', body)
    expect(answer.status).toBe(400)
  })

  test('are at most a hundred', async () => {
    const requests = Array.from({ length: 101 }, () => ({ content: contentOf('x') }))
    const answer = await post('models/embed-256:batchEmbedContents', { requests })
    expect(answer.status).toBe(400)
  })
})

describe('a picture', () => {
  /** As the SDK's own getters, which warn of what else there is. */
  const textIn = ({ candidates }: GenerateContentResponse) =>
    candidates?.[0]?.content?.parts?.map(({ text = '' }) => text).join('')
  const pictureIn = ({ candidates }: GenerateContentResponse) =>
    candidates?.[0]?.content?.parts?.map(({ inlineData }) => inlineData?.data ?? '').join('')
  const draw = (config = {}, model = 'image') =>
    google.models.generateContent({
      model,
      contents: 'a cat',
      config: { responseModalities: ['IMAGE'], ...config },
    })
  const sizeOf = (data = '') => readImageSize(Buffer.from(data, 'base64'))

  test('has the ratio and the size asked for', async () => {
    const answer = await draw({ imageConfig: { aspectRatio: '16:9', imageSize: '1K' } })
    expect(sizeOf(pictureIn(answer))).toEqual({ format: 'PNG', width: 1344, height: 768 })
  })

  test('comes with words where they are not forbidden, and is counted as a picture', async () => {
    const answer = await draw({ responseModalities: ['TEXT', 'IMAGE'] }, 'gemini-3.1-flash-image')
    const parts = answer.candidates?.[0]?.content?.parts ?? []
    expect(parts.map((part) => Object.keys(part))).toEqual([['text'], ['inlineData']])
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP')
    const usage = answer.usageMetadata
    expect(usage?.candidatesTokensDetails).toEqual([
      { modality: 'IMAGE', tokenCount: usage?.candidatesTokenCount },
    ])
    expect(usage?.totalTokenCount).toBe(
      (usage?.promptTokenCount ?? 0) + (usage?.candidatesTokenCount ?? 0),
    )
  })

  test('depends on the pictures in the request', async () => {
    const edit = async (seed: number) => {
      const png = drawPng({ width: 32, height: 32 }, createRandom(seed)).toString('base64')
      const inlineData = { mimeType: 'image/png', data: png }
      return google.models.generateContent({
        model: 'image',
        contents: [{ text: 'a hat' }, { inlineData }],
      })
    }
    const [one, same, other] = [await edit(1), await edit(1), await edit(2)]
    expect(textIn(one)).toContain('from 1 image, without a mask')
    expect(pictureIn(same)).toBe(pictureIn(one))
    expect(pictureIn(other)).not.toBe(pictureIn(one))
    const details = one.usageMetadata?.promptTokensDetails ?? []
    expect(details.map(({ modality }) => modality)).toEqual(['TEXT', 'IMAGE'])
  })

  test('is the same in a stream', async () => {
    const whole = await draw()
    const chunks = []
    const stream = await google.models.generateContentStream({
      model: 'image',
      contents: 'a cat',
      config: { responseModalities: ['IMAGE'] },
    })
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks.map(pictureIn).join('')).toBe(pictureIn(whole))
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP')
    expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata)
  })

  test('is not drawn by a model that talks, nor in a ratio there is not', async () => {
    await expect(draw({}, 'chat')).rejects.toMatchObject({ status: 400 })
    await expect(draw({ imageConfig: { aspectRatio: '7:1' } })).rejects.toMatchObject({
      status: 400,
    })
    await expect(draw({ candidateCount: 2 })).rejects.toMatchObject({ status: 400 })
  })

  test.each<[FaultName, RegExp]>([
    ['rate-limited', /429|RESOURCE_EXHAUSTED/],
    ['reset-mid-stream', /terminated|fetch failed/],
  ])('meets the fault %s', async (fault, message) => {
    simulator.script(fault)
    await expect(draw()).rejects.toThrow(message)
  })
})

describe('a video', () => {
  const begin = async (model = 'veo-3.1-generate-preview') => {
    const body = {
      instances: [{ prompt: 'a cat' }],
      parameters: { aspectRatio: '9:16', durationSeconds: 4 },
    }
    const answer = await post(`models/${model}:predictLongRunning`, body)
    const operation = new GenerateVideosOperation()
    Object.assign(operation, await answer.json())
    return operation
  }
  const poll = (operation: GenerateVideosOperation) =>
    google.operations.getVideosOperation({ operation })

  test('is an operation that ends with a file, for whom has the key', async () => {
    const begun = await begin()
    expect(begun.name).toMatch(/^models\/veo-3.1-generate-preview\/operations\/[a-z0-9]+$/)
    const running = await poll(begun)
    expect(running.done).toBeUndefined()
    const done = await poll(running)
    expect(done.done).toBe(true)
    const uri = done.response?.generatedVideos?.[0]?.video?.uri ?? ''
    expect(uri).toMatch(/\/google\/v1beta\/files\/[a-z0-9]+:download\?alt=media$/)
    expect((await fetch(uri)).status).toBe(400)
    const file = await get(uri)
    expect(file.headers.get('content-type')).toBe('video/mp4')
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
  })

  test('may fail', async () => {
    const running = await poll(await begin('video-failed'))
    const failed = await poll(running)
    expect(failed).toMatchObject({ done: true, error: { code: 13 } })
  })

  test('meets the faults of its model, and of a poll', async () => {
    const refused = await post('models/error-429:predictLongRunning', {
      instances: [{ prompt: 'x' }],
    })
    expect(refused.status).toBe(429)
    const begun = await begin()
    simulator.script('unavailable')
    await expect(poll(begun)).rejects.toMatchObject({ status: 503 })
  })

  test('is of one prompt, and of a length there is', async () => {
    const ask = (body: object) => post('models/video:predictLongRunning', body)
    expect((await ask({ instances: [] })).status).toBe(400)
    const long = { instances: [{ prompt: 'x' }], parameters: { durationSeconds: 60 } }
    expect((await ask(long)).status).toBe(400)
    expect((await get(`${base}/v1beta/operations/nobody`)).status).toBe(404)
  })
})
