import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readImageSize } from '../../behaviour/image-size.ts'
import { drawPng } from '../../behaviour/png.ts'
import { createRandom } from '../../random.ts'
import { createSimulator } from '../../simulator.ts'
import { jsonClient } from '../../testing/json-client.ts'

const simulator = createSimulator({ seed: 7 })
let listening: Awaited<ReturnType<typeof simulator.listen>>
const doubao = jsonClient(() => `${listening.url}/doubao/api/v3`)

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

const png = drawPng({ width: 32, height: 32 }, createRandom(1)).toString('base64')
const picture = `data:image/png;base64,${png}`

describe('embeddings', () => {
  test('of texts are a list, under any name of theirs and of an endpoint', async () => {
    const input = ['one', 'two']
    const answer = await doubao.post('/embeddings', { model: 'ep-20260101-abcde', input })
    expect(answer.json).toMatchObject({
      id: expect.any(String),
      object: 'list',
      model: 'ep-20260101-abcde',
      data: [{ index: 0 }, { index: 1 }],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    })
  })

  test('of parts are one vector that is in no list', async () => {
    const model = 'doubao-embedding-vision-251215'
    const text = { type: 'text', text: 'a cat' }
    const image = { type: 'image_url', image_url: { url: picture } }
    const ask = (input: object[]) => doubao.post('/embeddings/multimodal', { model, input })
    interface One {
      data: { embedding: number[] }
      usage: { prompt_tokens: number; prompt_tokens_details: Record<string, number> }
    }
    const both = (await ask([text, image])).json as One
    const alone = (await ask([text])).json as One
    expect(both.data.embedding).toHaveLength(256)
    expect(both.data.embedding).not.toEqual(alone.data.embedding)
    const { text_tokens: texts = 0, image_tokens: images = 0 } = both.usage.prompt_tokens_details
    expect(images).toBeGreaterThan(0)
    expect(both.usage.prompt_tokens).toBe(texts + images)
    expect((await ask([])).status).toBe(400)
  })
})

interface Pictures {
  data: { url?: string; b64_json?: string; size?: string; error?: { code: string } }[]
  usage: { generated_images: number }
}

const model = 'doubao-seedream-4-0-250828'
const draw = (more: object = {}) =>
  doubao.post('/images/generations', { model, prompt: 'a cat', size: '1K', ...more })
const drawn = async (more: object = {}) => (await draw(more)).json as Pictures
const base64 = { response_format: 'b64_json' }

describe('an image', () => {
  test('is behind a link, and says its size', async () => {
    const { data, usage } = await drawn({ size: undefined })
    expect(data[0]?.size).toBe('2048x2048')
    expect(usage.generated_images).toBe(1)
    const file = await fetch(data[0]?.url ?? '')
    const size = readImageSize(Buffer.from(await file.arrayBuffer()))
    expect(size).toMatchObject({ width: 2048, height: 2048 })
  })

  test('has a watermark unless that is refused', async () => {
    const [silent, marked, bare] = await Promise.all([
      drawn(base64),
      drawn({ ...base64, watermark: true }),
      drawn({ ...base64, watermark: false }),
    ])
    expect(marked.data).toEqual(silent.data)
    expect(bare.data).not.toEqual(silent.data)
  })

  test('is drawn after the images given', async () => {
    const plain = await drawn(base64)
    const edited = await drawn({ ...base64, image: [picture, 'https://example.com/a.png'] })
    expect(edited.data).not.toEqual(plain.data)
    expect((await draw({ image: 'a cat' })).json).toMatchObject({
      error: { code: 'InvalidParameter.UnsupportedImageFormat', type: 'BadRequest' },
    })
  })

  test.each([
    ['1280x720', model, 200],
    ['512x512', model, 400],
    ['1K', 'doubao-seedream-4-5-251128', 400],
    ['2K', 'doubao-seedream-4-5-251128', 200],
    ['8192x256', model, 400],
    ['512x512', 'doubao-seedream-3-0-t2i-250415', 200],
  ])('of %s from %s is %i', async (size, name, status) => {
    expect((await draw({ size, model: name })).status).toBe(status)
  })

  test('takes a seed only from the older models', async () => {
    expect((await draw({ seed: 1 })).status).toBe(400)
    const older = { model: 'doubao-seedream-3-0-t2i-250415', seed: 1 }
    expect((await draw(older)).status).toBe(200)
  })

  const many = {
    sequential_image_generation: 'auto',
    sequential_image_generation_options: { max_images: 3 },
  }

  test('may be one of several, of which some fail', async () => {
    const { data, usage } = await drawn({ ...many, prompt: 'an attack' })
    expect(data.map(({ error }) => error?.code)).toEqual([
      undefined,
      undefined,
      'OutputImageSensitiveContentDetected',
    ])
    expect(usage.generated_images).toBe(2)
    expect(await draw({ prompt: 'an attack' })).toMatchObject({
      status: 400,
      json: { error: { code: 'InputTextSensitiveContentDetected' } },
    })
  })

  test('may be streamed', async () => {
    const body = JSON.stringify({ model, prompt: 'a cat', size: '1K', stream: true, ...many })
    const url = `${listening.url}/doubao/api/v3/images/generations`
    const answer = await fetch(url, { method: 'POST', body })
    const frames = (await answer.text()).trimEnd().split('\n\n')
    expect(frames.map((frame) => frame.split('\n', 1)[0])).toEqual([
      'event: image_generation.partial_succeeded',
      'event: image_generation.partial_succeeded',
      'event: image_generation.partial_succeeded',
      'event: image_generation.completed',
      'data: [DONE]',
    ])
  })
})

describe('a video', () => {
  const path = '/contents/generations/tasks'
  const begin = async (name: string) => {
    const content = [
      { type: 'text', text: 'a cat' },
      { type: 'image_url', image_url: { url: picture }, role: 'first_frame' },
    ]
    const { json } = await doubao.post(path, { model: name, content, duration: 5 })
    return (json as { id: string }).id
  }

  test('is a task: queued, running, and then a link', async () => {
    const id = await begin('doubao-seedance-1-5-pro-251215')
    expect(id).toMatch(/^cgt-/)
    expect((await doubao.get(`${path}/${id}`)).json).toMatchObject({ status: 'running' })
    expect((await doubao.remove(`${path}/${id}`)).status).toBe(400)
    const done = (await doubao.get(`${path}/${id}`)).json as { content: { video_url: string } }
    expect(done).toMatchObject({ status: 'succeeded', usage: { total_tokens: expect.any(Number) } })
    const file = await fetch(done.content.video_url)
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp')
    expect((await doubao.remove(`${path}/${id}`)).status).toBe(200)
    expect((await doubao.get(`${path}/${id}`)).status).toBe(404)
  })

  test('may fail', async () => {
    const id = await begin('video-failed')
    await doubao.get(`${path}/${id}`)
    expect((await doubao.get(`${path}/${id}`)).json).toMatchObject({
      status: 'failed',
      error: { code: 'InternalServiceError' },
    })
  })
})
