import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator } from './simulator.ts'
import { hurriedClock } from './testing/hurried-clock.ts'
import { greyPng } from './testing/png.ts'

const { clock } = hurriedClock()
const simulator = createSimulator({ seed: 5, requireKey: 'key', clock })
let listening: Awaited<ReturnType<typeof simulator.listen>>

beforeAll(async () => {
  listening = await simulator.listen()
})
afterAll(() => listening.close())

type Value = string | Buffer
type Fields = Readonly<Record<string, Value | readonly Value[]>>

function formOf(fields: Fields): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) {
      if (typeof one === 'string') form.append(name, one)
      else form.append(name, new Blob([new Uint8Array(one as Buffer)]), `${name}.png`)
    }
  }
  return form
}

interface Drawn {
  url: string | null
  prompt: string
  resolution: string
  is_image_safe: boolean
  seed: number
  style_type: string
}

async function post(path: string, fields: Fields, key = 'key') {
  const response = await fetch(`${listening.url}/ideogram${path}`, {
    method: 'POST',
    headers: { 'api-key': key },
    body: formOf(fields),
  })
  const body = (await response.json()) as {
    created?: string
    data?: Drawn[]
    error?: string
    message?: string
  }
  return { status: response.status, headers: response.headers, ...body }
}

async function drawn(path: string, fields: Fields): Promise<Drawn[]> {
  const { status, data, message } = await post(path, fields)
  expect({ status, message }).toEqual({ status: 200, message: undefined })
  return data ?? []
}

async function fetchPng(url: string | null | undefined): Promise<Buffer> {
  const response = await fetch(url ?? '')
  expect(response.headers.get('content-type')).toBe('image/png')
  return Buffer.from(await response.arrayBuffer())
}

const sizeOf = (file: Buffer) => `${file.readUInt32BE(16)}x${file.readUInt32BE(20)}`
const v3 = '/v1/ideogram-v3'
const prompt = 'a lighthouse'
const image = greyPng([
  [10, 20],
  [30, 40],
])
const mask = greyPng([
  [0, 255],
  [255, 255],
])

test('3.0 draws several pictures, which anybody can fetch by their links', async () => {
  const answer = await post(`${v3}/generate`, {
    prompt,
    num_images: '2',
    resolution: '512x1536',
    seed: '7',
    style_type: 'DESIGN',
    magic_prompt: 'OFF',
  })
  expect(answer.created).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  expect(answer.data).toMatchObject([
    { prompt, resolution: '512x1536', is_image_safe: true, seed: 7, style_type: 'DESIGN' },
    { seed: 8 },
  ])
  const files = await Promise.all((answer.data ?? []).map(({ url }) => fetchPng(url)))
  expect(files.map(sizeOf)).toEqual(['512x1536', '512x1536'])
  expect(files[0]?.equals(files[1] ?? Buffer.alloc(0))).toBe(false)
})

test('links expire', async () => {
  const [one] = await drawn(`${v3}/generate`, { prompt, resolution: '512x1536' })
  const twoDaysMs = 2 * 24 * 60 * 60 * 1000
  await new Promise<void>((done) => {
    clock.after(twoDaysMs, done)
  })
  const gone = await fetch(one?.url ?? '')
  await gone.text()
  expect(gone.status).toBe(404)
})

test('a magic prompt is told; the same seed draws the same', async () => {
  const fields = { prompt, resolution: '512x1536', seed: '9' }
  const [first] = await drawn(`${v3}/generate`, fields)
  const [second] = await drawn(`${v3}/generate`, fields)
  expect(first?.prompt).toMatch(/.+ a lighthouse$/)
  expect(await fetchPng(first?.url)).toEqual(await fetchPng(second?.url))
})

test('ratios are listed sizes', async () => {
  const sizes = await Promise.all(
    ['1x1', '16x9', '2x3'].map((aspect_ratio) => drawn(`${v3}/generate`, { prompt, aspect_ratio })),
  )
  const ratios = sizes.map(([one]) => {
    const [width = 0, height = 0] = (one?.resolution ?? '').split('x').map(Number)
    return width / height
  })
  expect(ratios[0]).toBe(1)
  expect(ratios[1]).toBeCloseTo(16 / 9, 1)
  expect(ratios[2]).toBeCloseTo(2 / 3, 1)
})

test('images are changed, with a mask and without', async () => {
  const [masked] = await drawn(`${v3}/inpaint`, { prompt, image, mask })
  expect(masked?.resolution).toBe('2x2')
  const [old] = await drawn(`${v3}/edit`, { prompt, image, mask, seed: '1' })
  expect(old?.seed).toBe(1)
  const remix = { prompt, image, image_weight: '80', resolution: '640x1344' }
  expect((await drawn(`${v3}/remix`, remix))[0]?.resolution).toBe('640x1344')
  const frame = { image, resolution: '1536x512' }
  expect((await drawn(`${v3}/reframe`, frame))[0]?.resolution).toBe('1536x512')
  expect(await drawn(`${v3}/replace-background`, { prompt, image })).toHaveLength(1)
  expect(await drawn(`${v3}/generate-transparent`, { prompt, upscale_factor: 'X2' })).toHaveLength(
    1,
  )
  expect(await drawn('/v1/edit', { prompt, images: [image, image] })).toHaveLength(1)
  expect(await drawn('/v1/edit', { prompt, image_urls: 'https://x.test/a.png' })).toHaveLength(1)
})

test('4.x takes words or a structure', async () => {
  const path = '/v1/ideogram-v4/generate'
  const [words] = await drawn(path, { text_prompt: prompt, resolution: '1440x2880' })
  expect(words?.resolution).toBe('1440x2880')
  const json_prompt = JSON.stringify({ scene: prompt, colours: ['red'] })
  const [structured] = await drawn(path, { json_prompt, resolution: '1440x2880' })
  expect(structured?.prompt).toBe('a lighthouse, red')
})

test('what is unsafe is refused before it is drawn, or withheld after', async () => {
  const refused = await post(`${v3}/generate`, { prompt: 'a bomb' })
  expect([refused.status, refused.error]).toEqual([422, expect.stringContaining('safety')])
  const fields = { prompt: 'a nude lighthouse', num_images: '2', resolution: '512x1536' }
  const pictures = await drawn(`${v3}/generate`, fields)
  expect(pictures.map(({ is_image_safe }) => is_image_safe)).toEqual([false, true])
  expect(pictures.map(({ url }) => url === null)).toEqual([true, false])
})

test.each<[what: string, path: string, fields: Fields, message: string]>([
  ['no prompt', `${v3}/generate`, {}, 'prompt: Field required'],
  ['a blank prompt', `${v3}/generate`, { prompt: ' ' }, 'prompt: it must not be empty'],
  ['two prompts', `${v3}/generate`, { prompt: ['a', 'b'] }, 'only once'],
  ['an unknown field', `${v3}/generate`, { prompt, size: '1024x1024' }, 'size: there is no such'],
  ['an unlisted size', `${v3}/generate`, { prompt, resolution: '1536x1024' }, 'resolution: '],
  ['a ratio with a colon', `${v3}/generate`, { prompt, aspect_ratio: '16:9' }, 'aspect_ratio: '],
  [
    'size and ratio',
    `${v3}/generate`,
    { prompt, resolution: '1024x1024', aspect_ratio: '1x1' },
    'together with aspect_ratio',
  ],
  ['nine pictures', `${v3}/generate`, { prompt, num_images: '9' }, 'num_images: '],
  ['an unknown speed', `${v3}/generate`, { prompt, rendering_speed: 'LOW' }, 'rendering_speed'],
  ['an unknown palette', `${v3}/generate`, { prompt, color_palette: '{"name":"x"}' }, 'palette'],
  [
    'codes and a type',
    `${v3}/generate`,
    { prompt, style_codes: ['AAAAAAAA', '0123abcd'], style_type: 'REALISTIC' },
    'together with style_type',
  ],
  ['half a code', `${v3}/generate`, { prompt, style_codes: 'AAAA' }, '8 hexadecimal'],
  [
    'a flash of transparency',
    `${v3}/generate-transparent`,
    { prompt, rendering_speed: 'FLASH' },
    'rendering_speed',
  ],
  ['no image', `${v3}/remix`, { prompt }, 'image: Field required'],
  ['an image that is text', `${v3}/remix`, { prompt, image: 'abc' }, 'must be a file'],
  ['an image that is none', `${v3}/remix`, { prompt, image: Buffer.from('abc') }, 'JPEG, PNG'],
  ['no mask', `${v3}/inpaint`, { prompt, image }, 'mask: Field required'],
  ['a grey mask', `${v3}/inpaint`, { prompt, image, mask: image }, 'black and white'],
  ['another size of mask', `${v3}/inpaint`, { prompt, image, mask: greyPng([[0]]) }, 'size'],
  [
    'a size to inpaint',
    `${v3}/inpaint`,
    { prompt, image, mask, resolution: '512x1536' },
    'no such',
  ],
  [
    'a wide image to reframe',
    `${v3}/reframe`,
    { image: greyPng([[0, 1]]), resolution: '512x1536' },
    'square',
  ],
  ['nothing to edit', '/v1/edit', { prompt }, 'at least 1 image'],
  ['no prompt of two', '/v1/ideogram-v4/generate', {}, 'exactly one of'],
  [
    'both prompts',
    '/v1/ideogram-v4/generate',
    { text_prompt: prompt, json_prompt: '{}' },
    'exactly one of',
  ],
  [
    'a size of 3.0',
    '/v1/ideogram-v4/generate',
    { text_prompt: prompt, resolution: '1024x1024' },
    'resolution: ',
  ],
])('%s is refused', async (_what, path, fields, message) => {
  const refusal = await post(path, fields)
  expect([refusal.status, refusal.message]).toEqual([400, expect.stringContaining(message)])
})

test('JSON is no form', async () => {
  const response = await fetch(`${listening.url}/ideogram${v3}/generate`, {
    method: 'POST',
    headers: { 'api-key': 'key', 'content-type': 'application/json' },
    body: JSON.stringify({ prompt }),
  })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('form')
})

test('a bad key is 401, and 403 where images are remixed', async () => {
  expect((await post(`${v3}/generate`, { prompt }, 'other')).status).toBe(401)
  expect((await post(`${v3}/remix`, { prompt, image }, 'other')).status).toBe(403)
  const bearer = await fetch(`${listening.url}/ideogram/models`, {
    headers: { authorization: 'Bearer key' },
  })
  expect(bearer.status).toBe(401)
})

test('custom models are listed, and asked for by their address', async () => {
  const response = await fetch(`${listening.url}/ideogram/models`, {
    headers: { 'api-key': 'key' },
  })
  const { models } = (await response.json()) as { models: { custom_model_uri: string }[] }
  const custom_model_uri = 'model/error-500/version/1'
  expect(models.map((model) => model.custom_model_uri)).toContain(custom_model_uri)
  expect((await post(`${v3}/generate`, { prompt, custom_model_uri })).status).toBe(500)
})

test('faults have the vendor’s status, and tell no time to come again', async () => {
  simulator.script(['quota-exhausted', 'rate-limited', 'unavailable'])
  const [empty, limited, busy] = [
    await post(`${v3}/generate`, { prompt }),
    await post(`${v3}/generate`, { prompt }),
    await post(`${v3}/generate`, { prompt }),
  ]
  expect([empty.status, limited.status, busy.status]).toEqual([402, 429, 503])
  expect(limited.headers.get('retry-after')).toBeNull()
})
