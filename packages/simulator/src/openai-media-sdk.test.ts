import { crc32 } from 'node:zlib'
import OpenAI, { BadRequestError, NotFoundError, toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawPng } from './behaviour/png.ts'
import type { FaultName } from './faults.ts'
import { createRandom } from './random.ts'
import { createSimulator } from './simulator.ts'

const simulator = createSimulator({ seed: 7 })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let openai: OpenAI

beforeAll(async () => {
  listening = await simulator.listen()
  const baseURL = `${listening.url}/openai/v1`
  openai = new OpenAI({ baseURL, apiKey: 'sk-test', maxRetries: 0 })
})
afterAll(() => listening.close())

const picture = (seed: number, width = 64, height = 32) =>
  drawPng({ width, height }, createRandom(seed))
const file = (bytes: Buffer, name: string, type: string) => toFile(bytes, name, { type })
const png = (seed: number, width?: number) => file(picture(seed, width), 'one.png', 'image/png')
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

async function listOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of stream) list.push(item)
  return list
}

// ── Images ──────────────────────────────────────────────────────────────────────────────────────

describe('an edited image', () => {
  const edit = async (image: Awaited<ReturnType<typeof png>>[], more = {}) =>
    openai.images.edit({ model: 'image', prompt: 'a hat', size: 'auto', image, ...more })

  test('depends on the images, and the answer tells how many there were', async () => {
    const one = await edit([await png(1)])
    const same = await edit([await png(1)])
    const other = await edit([await png(2)])
    const two = await edit([await png(1), await png(2)], { n: 2 })
    expect(one.data?.[0]?.revised_prompt).toBe('a hat (from 1 image, without a mask)')
    expect(same.data).toEqual(one.data)
    expect(other.data?.[0]?.b64_json).not.toBe(one.data?.[0]?.b64_json)
    expect(two.data?.map(({ revised_prompt: prompt }) => prompt)).toEqual([
      'a hat (from 2 images, without a mask)',
      'a hat (from 2 images, without a mask)',
    ])
    expect(one.usage?.input_tokens).toBe(
      (one.usage?.input_tokens_details.image_tokens ?? 0) +
        (one.usage?.input_tokens_details.text_tokens ?? 0),
    )
    expect(two.usage?.input_tokens_details.image_tokens).toBe(
      2 * (one.usage?.input_tokens_details.image_tokens ?? 0),
    )
  })

  test('may have a mask of its size, and no other', async () => {
    const masked = await edit([await png(1)], { mask: await png(3) })
    expect(masked.data?.[0]?.revised_prompt).toBe('a hat (from 1 image, with a mask)')
    const wrong = edit([await png(1)], { mask: await png(3, 16) })
    await expect(wrong).rejects.toMatchObject({ status: 400, param: 'mask' })
  })

  test('comes from images, and from nothing else', async () => {
    const text = await file(Buffer.from('no image'), 'one.png', 'image/png')
    await expect(edit([text])).rejects.toMatchObject({ status: 400, code: 'invalid_image_format' })
    await expect(edit([])).rejects.toMatchObject({ status: 400, param: 'image' })
    const json = openai.post('/images/edits', { body: { prompt: 'x' } })
    await expect(json).rejects.toBeInstanceOf(BadRequestError)
  })

  test('streams previews before it', async () => {
    const stream = await openai.images.edit({
      image: await png(1),
      prompt: 'a hat',
      stream: true,
      partial_images: 1,
    })
    const events = await listOf(stream)
    expect(events.map(({ type }) => type)).toEqual([
      'image_edit.partial_image',
      'image_edit.completed',
    ])
  })
})

test('a streamed image is the same as a whole one, and its previews are not', async () => {
  const request = { prompt: 'a cat', size: '256x256' as const }
  const whole = await openai.images.generate(request)
  const stream = await openai.images.generate({ ...request, stream: true, partial_images: 2 })
  const events = await listOf(stream)
  expect(events.map(({ type }) => type)).toEqual([
    'image_generation.partial_image',
    'image_generation.partial_image',
    'image_generation.completed',
  ])
  const pictures = events.map(({ b64_json: data }) => data)
  expect(pictures[2]).toBe(whole.data?.[0]?.b64_json)
  expect(new Set(pictures).size).toBe(3)
  expect(events[2]).toMatchObject({ usage: whole.usage })
})

test('image-large draws a valid PNG of 20 MB', async () => {
  const answer = await openai.images.generate({
    model: 'image-large',
    prompt: 'x',
    size: '256x256',
  })
  const bytes = Buffer.from(answer.data?.[0]?.b64_json ?? '', 'base64')
  expect(bytes.length).toBeGreaterThan(20 * 1024 * 1024)
  const names: string[] = []
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const content = bytes.subarray(at + 4, at + 8 + length)
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(content))
    names.push(content.toString('latin1', 0, 4))
    at += 12 + length
  }
  expect(names).toEqual(['IHDR', 'PLTE', 'tEXt', 'fiLl', 'IDAT', 'IEND'])
})

// ── Audio ───────────────────────────────────────────────────────────────────────────────────────

const say = (input: string, more = {}) =>
  openai.audio.speech.create({ model: 'speech', voice: 'alloy', input, ...more })

test.each([
  ['mp3', 'audio/mpeg', '\xff\xfb'],
  ['opus', 'audio/ogg', 'OggS'],
  ['aac', 'audio/aac', '\xff\xf1'],
  ['flac', 'audio/flac', 'fLaC'],
  ['wav', 'audio/wav', 'RIFF'],
  ['pcm', 'audio/pcm', ''],
] as const)('speech as %s is %s and begins as it should', async (format, type, magic) => {
  const answer = await say('Hello, world.', { response_format: format })
  expect(answer.headers.get('content-type')).toBe(type)
  expect((await bytesOf(answer)).toString('latin1').startsWith(magic)).toBe(true)
})

test('speech is MP3 where nothing else is asked for', async () => {
  expect((await say('Hi')).headers.get('content-type')).toBe('audio/mpeg')
})

test('more text takes longer to say, more speed less, and each voice sounds differently', async () => {
  const wav = async (input: string, more = {}) =>
    bytesOf(await say(input, { response_format: 'wav', ...more }))
  const text = 'One two three four five six seven eight nine ten. '
  const [short, long, fast, other] = await Promise.all([
    wav(text),
    wav(text.repeat(4)),
    wav(text, { speed: 2 }),
    wav(text, { voice: 'nova' }),
  ])
  const dataBytes = (bytes: Buffer) => bytes.length - 44
  expect(short.readUInt32LE(40)).toBe(dataBytes(short))
  expect(dataBytes(long) / dataBytes(short)).toBeCloseTo(4, 1)
  expect(dataBytes(short) / dataBytes(fast)).toBeCloseTo(2, 1)
  expect(other.length).toBe(short.length)
  expect(other.equals(short)).toBe(false)
  expect(await wav(text)).toEqual(short)
})

test('speech as events holds the same bytes, and tells usage', async () => {
  const request = { response_format: 'wav' } as const
  const whole = await bytesOf(await say('Hello.', request))
  const answer = await say('Hello.', { ...request, stream_format: 'sse' })
  expect(answer.headers.get('content-type')).toContain('text/event-stream')
  const events = (await answer.text())
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => JSON.parse(frame.replace(/^data: /, '')))
  const last = events.pop()
  const audio = events.map((event) => Buffer.from(event.audio, 'base64'))
  expect(Buffer.concat(audio)).toEqual(whole)
  expect(last).toMatchObject({ type: 'speech.audio.done', usage: { input_tokens: 2 } })
})

test('speech-large is 20 MB in many chunks, and waits for a client that reads slowly', async () => {
  const answer = await say('Hi', { model: 'speech-large', response_format: 'pcm' })
  const reader = answer.body?.getReader()
  let bytes = (await reader?.read())?.value?.length ?? 0
  await new Promise((resolve) => setImmediate(resolve))
  const written = simulator.requests.at(-1)?.chunksWritten ?? 0
  expect(simulator.requests.at(-1)?.state).toBe('open')
  let chunk = await reader?.read()
  while (chunk && !chunk.done) {
    bytes += chunk.value.length
    chunk = await reader?.read()
  }
  expect(bytes).toBeGreaterThan(20 * 1024 * 1024)
  expect(simulator.requests.at(-1)?.chunksWritten).toBeGreaterThan(written + 100)
})

test.each([
  [{ input: '' }, 'input'],
  [{ input: 'x'.repeat(4097) }, 'input'],
  [{ input: 'x', voice: '' }, 'voice'],
  [{ input: 'x', speed: 5 }, 'speed'],
  [{ input: 'x', response_format: 'midi' as 'wav' }, 'response_format'],
])('speech of %j is refused', async (fields, param) => {
  const asked = openai.audio.speech.create({ model: 'speech', voice: 'alloy', ...fields })
  await expect(asked).rejects.toMatchObject({ status: 400, param })
})

describe('a transcription', () => {
  const wav = async () =>
    file(
      await bytesOf(await say('A text of thirty characters...', { response_format: 'wav' })),
      'talk.wav',
      'audio/wav',
    )
  const transcribe = async (more = {}) =>
    openai.audio.transcriptions.create({ file: await wav(), model: 'transcribe', ...more })

  test('tells name, type, size and length of what it got', async () => {
    const { text, usage } = await transcribe()
    expect(text).toContain('talk.wav (audio/wav) is WAV audio of 96044 bytes.')
    expect(text).toContain('It lasts 2.00 seconds.')
    expect(usage).toMatchObject({ type: 'tokens', input_tokens: 20 })
  })

  test('streams the same text', async () => {
    const whole = await transcribe()
    const stream = await openai.audio.transcriptions.create({
      file: await wav(),
      model: 'transcribe',
      stream: true,
    })
    const events = await listOf(stream)
    const deltas = events.map((event) =>
      event.type === 'transcript.text.delta' ? event.delta : '',
    )
    expect(deltas.join('')).toBe(whole.text)
    expect(deltas.length).toBeGreaterThan(10)
    expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', usage: whole.usage })
  })

  test('is plain text, subtitles or JSON with times', async () => {
    const { text } = await transcribe()
    expect(await transcribe({ response_format: 'text' })).toBe(`${text}\n`)
    const srt = await transcribe({ response_format: 'srt' })
    expect(srt).toMatch(/^1\n00:00:00,000 --> 00:00:00,\d{3}\nI am a simulator/)
    const vtt = await transcribe({ response_format: 'vtt' })
    expect(vtt).toMatch(/^WEBVTT\n\n00:00:00\.000 --> 00:00:00\.\d{3}\nI am a simulator/)
    const verbose = await openai.audio.transcriptions.create({
      file: await wav(),
      model: 'transcribe',
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
    })
    expect(verbose.duration).toBe(2)
    expect(verbose.segments?.at(-1)?.end).toBe(2)
    expect(verbose.segments?.map((segment) => segment.text).join(' ')).toBe(text)
    expect(verbose.words?.at(-1)?.end).toBeCloseTo(2)
    expect(verbose.usage).toEqual({ type: 'duration', seconds: 2 })
  })

  test('is of a file with the name of one', async () => {
    const named = await file(Buffer.from('x'), 'talk.txt', 'text/plain')
    await expect(transcribe({ file: named })).rejects.toMatchObject({ status: 400, param: 'file' })
    await expect(transcribe({ model: 'chat' })).rejects.toMatchObject({ param: 'model' })
  })
})

// ── Moderations, ranking, video ─────────────────────────────────────────────────────────────────

test('moderations flag words that give a text away', async () => {
  const { results } = await openai.moderations.create({
    input: ['We attack at dawn', 'We have breakfast at dawn'],
  })
  expect(results.map(({ flagged }) => flagged)).toEqual([true, false])
  expect(results[0]?.categories).toMatchObject({ violence: true, hate: false })
  expect(results[0]?.category_scores.violence).toBeGreaterThan(0.8)
  expect(results[1]?.category_scores.violence).toBeLessThan(0.1)
  expect(Object.keys(results[0]?.categories ?? {})).toHaveLength(13)
})

test('moderations judge parts together, and know of images', async () => {
  const { results } = await openai.moderations.create({
    model: 'omni-moderation-latest',
    input: [
      { type: 'text', text: 'hello' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    ],
  })
  expect(results).toHaveLength(1)
  expect(results[0]?.category_applied_input_types.violence).toEqual(['text', 'image'])
  expect(results[0]?.category_applied_input_types.hate).toEqual(['text'])
})

test('documents are ranked by the words they share with the query', async () => {
  const documents = ['The weather in Paris', 'How to reset a password', { text: 'Reset it' }]
  const body = { model: 'rerank', query: 'reset my password', documents, top_n: 2 }
  const answer = await openai.post<{ results: { index: number; relevance_score: number }[] }>(
    '/rerank',
    { body: { ...body, return_documents: true } },
  )
  expect(answer).toMatchObject({
    model: 'rerank',
    results: [{ index: 1, document: { text: 'How to reset a password' } }, { index: 2 }],
  })
  const [first, second] = answer.results
  expect(first?.relevance_score).toBeGreaterThan(second?.relevance_score ?? 1)
  await expect(openai.post('/rerank', { body: { ...body, documents: [] } })).rejects.toMatchObject({
    param: 'documents',
  })
})

test('a video is queued, then made, then there', async () => {
  const created = await openai.videos.create({
    model: 'video',
    prompt: 'a cat',
    seconds: '8',
    size: '1280x720',
    input_reference: await png(1),
  })
  expect(created).toMatchObject({ object: 'video', status: 'queued', progress: 0, seconds: '8' })
  await expect(openai.videos.downloadContent(created.id)).rejects.toBeInstanceOf(BadRequestError)
  expect(await openai.videos.retrieve(created.id)).toMatchObject({ status: 'in_progress' })
  expect(await openai.videos.retrieve(created.id)).toMatchObject({
    status: 'completed',
    progress: 100,
    completed_at: expect.any(Number),
  })
  const content = await openai.videos.downloadContent(created.id)
  expect(content.headers.get('content-type')).toBe('video/mp4')
  expect((await bytesOf(content)).toString('latin1', 4, 12)).toBe('ftypisom')
  expect(await openai.videos.delete(created.id)).toMatchObject({ deleted: true })
  await expect(openai.videos.retrieve(created.id)).rejects.toBeInstanceOf(NotFoundError)
})

test('a video may fail, and take JSON', async () => {
  const body = { model: 'video-failed', prompt: 'a cat' }
  const { id } = await openai.post<{ id: string }>('/videos', { body })
  await openai.videos.retrieve(id)
  expect(await openai.videos.retrieve(id)).toMatchObject({
    status: 'failed',
    error: { code: 'video_generation_failed' },
  })
})

// ── Faults ──────────────────────────────────────────────────────────────────────────────────────

const operations: Record<string, (model: string) => Promise<unknown>> = {
  speech: (model) => say('Hi', { model }).then(bytesOf),
  'speech as events': (model) => say('Hi', { model, stream_format: 'sse' }).then(bytesOf),
  transcription: async (model) =>
    openai.audio.transcriptions.create({
      model,
      file: await file(Buffer.from('x'), 'a.wav', 'audio/wav'),
    }),
  'an edited image': async (model) =>
    openai.images.edit({ model, image: await png(1), prompt: 'x', size: '256x256' }),
  moderation: (model) => openai.moderations.create({ model, input: 'x' }),
  ranking: (model) => openai.post('/rerank', { body: { model, query: 'x', documents: ['x'] } }),
  video: (model) => openai.videos.create({ model, prompt: 'x' }),
}

describe.each(Object.entries(operations))('%s', (_name, ask) => {
  test('fails as its model does', async () => {
    await expect(ask('error-429')).rejects.toMatchObject({ status: 429 })
    await expect(ask('midstream')).rejects.toThrow(/Connection error|terminated/)
  })

  test.each<FaultName>(['server-error', 'close-before-status'])(
    'has the fault %s',
    async (fault) => {
      simulator.script(fault)
      await expect(ask('flaky-30')).rejects.toThrow(/500|Connection error/)
    },
  )
})

test('audio that breaks off with an error only ends', async () => {
  const whole = await bytesOf(await say('Hello, world. '.repeat(50), { response_format: 'pcm' }))
  simulator.script('error-event')
  const cut = await bytesOf(await say('Hello, world. '.repeat(50), { response_format: 'pcm' }))
  expect(cut.length).toBeLessThan(whole.length)
  expect(whole.subarray(0, cut.length).equals(cut)).toBe(true)
})
