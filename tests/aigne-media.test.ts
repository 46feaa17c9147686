// Images and videos as the published AIGNE clients ask for them, and what those need of the answers: they
// throw without a `type` beside every file, for a `model` that is null and for numbers that are texts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EveryProviderLab, startEveryProvider } from './every-provider.ts'
import { adminKey } from './hub.ts'

let lab: EveryProviderLab

beforeAll(async () => {
  lab = await startEveryProvider()
})

afterAll(() => lab.close())

interface Answer {
  images?: OutputFile[]
  videos?: OutputFile[]
  usage?: Record<string, unknown> | null
  model?: unknown
  seconds?: unknown
  error?: { message?: string; type?: string }
}

interface OutputFile {
  type: 'url' | 'file'
  url?: string
  data?: string
  mimeType: string
}

/** As the clients write it. */
async function post(path: 'image' | 'video', input: object, key = adminKey) {
  const response = await fetch(`${lab.hub.url}/api/v2/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'x-aigne-hub-client-did': '@aigne/aigne-hub:test',
    },
    body: JSON.stringify({
      input: { ...input, outputFileType: 'url' },
      agent: '$CHAT_MODEL',
      options: { streaming: false, userContext: {}, memories: [] },
    }),
  })
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  return { status: response.status, body: (await response.json()) as Answer }
}

/** What the client does with a file: it fetches an address without credentials, and decodes the rest. */
async function contentOf(file: OutputFile | undefined): Promise<Buffer> {
  if (file?.type === 'url') {
    const response = await fetch(file.url ?? '')
    expect(response.status).toBe(200)
    return Buffer.from(await response.arrayBuffer())
  }
  expect(file?.type).toBe('file')
  expect(file?.data).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
  return Buffer.from(file?.data ?? '', 'base64')
}

const isPng = (bytes: Buffer) => bytes.toString('latin1', 1, 4) === 'PNG'
const numbers = (usage: Answer['usage']) =>
  Object.values(usage ?? {}).filter((value) => typeof value !== 'number')

/** The client's own sample: a red dot. */
const dot = {
  filename: 'dot.png',
  mimeType: 'image/png',
  type: 'file',
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
}

describe.each([
  'openai/image',
  'google/image',
  'xai/grok-imagine-image',
  'openrouter/google/gemini-2.5-flash-image',
])('%s', (model) => {
  test.each([
    ['a picture', {}],
    ['an edit', { image: [dot] }],
  ])('%s', async (_, more) => {
    const { status, body } = await post('image', {
      prompt: 'a small red dot',
      ...more,
      modelOptions: { model },
    })
    expect([status, body.error]).toEqual([200, undefined])
    expect(body.model).toBe(model)
    expect(numbers(body.usage)).toEqual([])
    expect(body.images).toHaveLength(1)
    expect(body.images?.[0]?.mimeType).toMatch(/^image\//)
    expect(isPng(await contentOf(body.images?.[0]))).toBe(true)
  })
})

test('parameters are read wherever the caller put them', async () => {
  const asked = { size: '64x64', quality: 'low' }
  for (const input of [
    { ...asked, n: 2, modelOptions: { model: 'openai/image' } },
    { modelOptions: { model: 'openai/image', n: 2, ...asked } },
    { n: 2, size: '64x64', modelOptions: { quality: 'low' }, model: 'openai/image' },
  ]) {
    const { status, body } = await post('image', { prompt: 'a dot', ...input })
    expect([status, body.images?.length]).toEqual([200, 2])
    expect(lab.upstream.requests.at(-1)?.body).toMatchObject({ ...asked, n: 2, model: 'image' })
  }
})

test('a video has its seconds as a number, though they were asked for as text', async () => {
  const { status, body } = await post('video', {
    prompt: 'a red dot moving',
    seconds: '4',
    modelOptions: { model: 'openai/video' },
    model: 'openai/video',
  })
  expect([status, body.error]).toEqual([200, undefined])
  expect(body).toMatchObject({ seconds: 4, model: 'openai/video' })
  expect(numbers(body.usage)).toEqual([])
  expect(body.videos?.[0]?.mimeType).toBe('video/mp4')
  expect((await contentOf(body.videos?.[0])).toString('latin1', 4, 8)).toBe('ftyp')
})

describe.each(['image', 'video'] as const)('errors of %s', (path) => {
  const modelOptions = { model: `openai/${path}` }

  test.each<[string, number, object, string?]>([
    ['an unknown key', 401, { prompt: 'a dot', modelOptions }, 'hub_live_nonsense'],
    ['an unknown model', 404, { prompt: 'a dot', modelOptions: { model: 'openaii/x' } }],
    ['no prompt', 400, { modelOptions }],
    ['a file of the caller’s disk', 400, { prompt: 'x', modelOptions, image: [{ type: 'local' }] }],
    ['a file of no kind', 400, { prompt: 'x', modelOptions, image: [{ data: 'AAAA' }] }],
    [
      'a file that is no base64',
      400,
      { prompt: 'x', modelOptions, image: [{ ...dot, data: '%' }] },
    ],
    ['a size in words', 400, { prompt: 'x', modelOptions, size: { width: 1 } }],
    ['a provider that fails', 502, { prompt: 'x', modelOptions: { model: 'openai/error-500' } }],
  ])('%s', async (_, status, input, key) => {
    const answer = await post(path, input, key)
    expect([answer.status, answer.body]).toEqual([status, { error: expect.anything() }])
    const said = expect.stringMatching(/\S/)
    expect(answer.body.error).toMatchObject({ message: said, type: said })
  })
})
