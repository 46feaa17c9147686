import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readImageSize } from '../../behaviour/image-size.ts'
import { drawPng } from '../../behaviour/png.ts'
import { createRandom } from '../../random.ts'
import { createSimulator } from '../../simulator.ts'
import { jsonClient } from '../../testing/json-client.ts'

const simulator = createSimulator({ seed: 7 })
let listening: Awaited<ReturnType<typeof simulator.listen>>
const xai = jsonClient(() => `${listening.url}/xai/v1`)

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

interface Pictures {
  data: { url?: string; b64_json?: string; revised_prompt: string; respect_moderation: boolean }[]
  usage: { cost_in_usd_ticks: number }
}

const model = 'grok-imagine-image'
const draw = async (more: object, path = '/images/generations') => {
  const { json } = await xai.post(path, { model, prompt: 'a cat', ...more })
  return json as Pictures
}
const picture = (seed: number) => {
  const png = drawPng({ width: 32, height: 32 }, createRandom(seed))
  return { url: `data:image/png;base64,${png.toString('base64')}`, type: 'image_url' }
}

describe('an image', () => {
  test('is behind a link, of the ratio and resolution asked for, with what it costs', async () => {
    const { data, usage } = await draw({ aspect_ratio: '16:9', resolution: '2k', n: 2 })
    expect(data).toHaveLength(2)
    expect(data[0]?.url).toMatch(/\/xai\/files\/\w+\.png$/)
    const file = await fetch(data[0]?.url ?? '')
    const size = readImageSize(Buffer.from(await file.arrayBuffer()))
    expect(size).toMatchObject({ format: 'PNG', width: 2736, height: 1536 })
    expect(usage.cost_in_usd_ticks).toBeGreaterThan(0)
  })

  test('is in the answer where that is asked for', async () => {
    const { data } = await draw({ response_format: 'b64_json' })
    expect(readImageSize(Buffer.from(data[0]?.b64_json ?? '', 'base64'))).toMatchObject({
      width: 1024,
    })
  })

  test.each(['size', 'mask', 'style'])('does not come with %s', async (field) => {
    const answer = await xai.post('/images/generations', {
      model,
      prompt: 'x',
      [field]: '1024x1024',
    })
    expect(answer).toMatchObject({
      status: 400,
      json: { error: `Argument not supported: ${field}` },
    })
  })

  test('that is filtered says so', async () => {
    expect((await draw({ prompt: 'an attack' })).data[0]?.respect_moderation).toBe(false)
    expect((await draw({})).data[0]?.respect_moderation).toBe(true)
  })

  test('is edited from one image or several, as JSON alone', async () => {
    const one = await draw({ image: picture(1) }, '/images/edits')
    const two = await draw({ images: [picture(1), picture(2)] }, '/images/edits')
    expect(one.data[0]?.revised_prompt).toBe('a cat (from 1 image, without a mask)')
    expect(two.data[0]?.revised_prompt).toBe('a cat (from 2 images, without a mask)')
    const form = new FormData()
    form.set('prompt', 'x')
    const url = `${listening.url}/xai/v1/images/edits`
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(415)
    const nothing = await xai.post('/images/edits', { model, prompt: 'x' })
    expect(nothing.status).toBe(400)
  })

  test('meets the faults of its model and of the script', async () => {
    const asked = { model: 'error-429', prompt: 'x' }
    expect((await xai.post('/images/generations', asked)).status).toBe(429)
    simulator.script('close-mid-stream')
    await expect(draw({ response_format: 'b64_json' })).rejects.toThrow('terminated')
  })
})

describe('a video', () => {
  const begin = async (name: string, path = '/videos/generations', more = {}) => {
    const { json } = await xai.post(path, { model: name, prompt: 'x', duration: 8, ...more })
    return (json as { request_id: string }).request_id
  }

  test('is 202 while it is made, the first time without a body, and then a link', async () => {
    const path = `/videos/${await begin('grok-imagine-video')}`
    expect(await xai.get(path)).toMatchObject({ status: 202, json: undefined })
    const done = await xai.get(path)
    expect(done).toMatchObject({
      status: 200,
      json: { status: 'done', model: 'grok-imagine-video', video: { duration: 8 } },
    })
    const { video } = done.json as { video: { url: string } }
    const file = await fetch(video.url)
    expect(file.headers.get('content-type')).toBe('video/mp4')
  })

  test('may fail', async () => {
    const path = `/videos/${await begin('video-failed')}`
    await xai.get(path)
    expect(await xai.get(path)).toMatchObject({ status: 200, json: { status: 'failed' } })
  })

  test('is edited from a video, and is nobody else’s', async () => {
    const video = { url: 'https://example.com/a.mp4' }
    expect(await begin('video', '/videos/edits', { video })).toMatch(/^[a-z0-9-]+$/)
    expect(await begin('video', '/videos/edits')).toBeUndefined()
    expect((await xai.get('/videos/nobody')).status).toBe(404)
  })
})
