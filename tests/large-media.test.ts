// Twenty megabytes in and twenty out, over a hub in its own process: byte for byte, at the pace of whoever
// reads, and in as much memory as is allowed.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { createSimulator, type Listening, type Simulator } from '@aigne-hub/simulator'
import { openStore } from '@aigne-hub/store'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { adminKey, discard, type RunningHub, startHub } from './hub.ts'
import { encores, type Studio, startStudio } from './studio.ts'

const mebibyte = 1024 * 1024
const size = 20 * mebibyte
/** Repeats nowhere: a piece that is lost, doubled or moved is noticed. */
const recording = randomBytes(size)

let hub: RunningHub
let studio: Studio
let upstream: Simulator
let server: Listening

const providerAt = (id: string, url: string) =>
  `  - { id: ${id}, baseUrl: "${url}", allowPrivateNetwork: true }\n`

beforeAll(async () => {
  studio = await startStudio(recording)
  upstream = createSimulator({ keepRequests: 10 })
  server = await upstream.listen()
  hub = await startHub({
    file: `providers:\n${providerAt('studio', studio.url)}${providerAt('sim2', `${server.url}/v1`)}`,
  })
})

afterAll(async () => {
  await discard(hub)
  await studio.close()
  await server.close()
})

const authorization = `Bearer ${adminKey}`

interface Posted {
  type?: string
  body: string | Uint8Array
  /** Default: the length of the body. */
  length?: number
  to?: string
}

/** Sends a call; nothing of the answer's body is read before someone does. */
function post(
  path: string,
  { type = 'application/json', body, length = Buffer.byteLength(body), to = hub.url }: Posted,
) {
  const headers = { authorization, 'content-type': type, 'content-length': length }
  const sent = request(to + path, { method: 'POST', agent: false, headers })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject)
  })
  if (Buffer.byteLength(body) === length) sent.end(body)
  else sent.write(body)
  return { sent, answered }
}

const speechOf = (model: string) =>
  JSON.stringify({ model, input: 'Good evening.', voice: 'alloy', response_format: 'wav' })

async function formPost(path: string, form: FormData) {
  const response = await fetch(hub.url + path, {
    method: 'POST',
    headers: { authorization },
    body: form,
  })
  return { status: response.status, text: await response.text() }
}

async function bytesOf(file: File | string | null | undefined): Promise<Buffer> {
  return file instanceof Blob ? Buffer.from(await file.arrayBuffer()) : Buffer.alloc(0)
}

describe('byte for byte', () => {
  test('20 MB of audio arrive at the provider as they were sent', async () => {
    const form = new FormData()
    form.append('model', 'studio/hears')
    form.append('language', 'en')
    form.append('file', new File([recording], 'Grüße "eins".wav', { type: 'audio/wav' }))
    expect(await formPost('/v1/audio/transcriptions', form)).toEqual({
      status: 200,
      text: '{"text":"Heard."}',
    })
    const received = studio.forms.at(-1)
    const file = received?.get('file') as File
    expect(recording.equals(await bytesOf(file))).toBe(true)
    expect([file.name, file.type]).toEqual(['Grüße "eins".wav', 'audio/wav'])
    expect([received?.get('model'), received?.get('language')]).toEqual(['hears', 'en'])
  })

  test('20 MB of images arrive at the provider in their order', async () => {
    const images = [0, 1, 2, 3].map((at) =>
      recording.subarray((at * size) / 4, ((at + 1) * size) / 4),
    )
    const form = new FormData()
    for (const [at, image] of images.entries()) {
      form.append('image[]', new File([image], `${at}.png`, { type: 'image/png' }))
    }
    form.append('mask', new File([recording.subarray(5, 500)], 'mask.png', { type: 'image/png' }))
    form.append('model', 'studio/paints')
    form.append('prompt', 'Side by side')
    const { status, text } = await formPost('/v1/images/edits', form)
    expect(status, text).toBe(200)
    const received = studio.forms.at(-1)
    const files = received?.getAll('image[]') ?? []
    const arrived = await Promise.all(files.map(bytesOf))
    expect(images.map((image, at) => image.equals(arrived[at] ?? Buffer.alloc(0)))).toEqual(
      Array(4).fill(true),
    )
    expect(recording.subarray(5, 500).equals(await bytesOf(received?.get('mask')))).toBe(true)
    expect(received?.get('prompt')).toBe('Side by side')
  })

  test('20 MB of speech arrive at the caller as the provider sends them', async () => {
    const { answered } = post('/v1/audio/speech', { body: speechOf('studio/talks') })
    const response = await answered
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'audio/wav'])
    expect(recording.equals(await buffer(response))).toBe(true)
  })

  test('20 MB of a picture in JSON arrive at the caller', async () => {
    const body = JSON.stringify({
      model: 'sim2/image-large',
      prompt: 'A lighthouse',
      response_format: 'b64_json',
    })
    const response = await post('/v1/images/generations', { body }).answered
    expect(response.statusCode).toBe(200)
    const { data } = JSON.parse((await buffer(response)).toString())
    const direct = await post('/v1/images/generations', {
      body: body.replace('sim2/', ''),
      to: server.url,
    }).answered
    const expected = JSON.parse((await buffer(direct)).toString())
    expect(data[0].b64_json.length).toBeGreaterThan(size)
    expect(data[0].b64_json === expected.data[0].b64_json).toBe(true)
  })
})

/** Resolves when nothing more was taken from the provider during fifty round trips. */
async function stalled(taken: () => number): Promise<void> {
  for (let quiet = 0; quiet < 50; ) {
    const before = taken()
    await (await fetch(`${hub.url}/healthz`)).text()
    quiet = taken() === before ? quiet + 1 : 0
  }
}

test('a listener who does not listen holds up the provider, and misses nothing', async () => {
  const response = await post('/v1/audio/speech', { body: speechOf('studio/concert') }).answered
  await stalled(() => studio.takenBytes)
  // Of 320 MB. What the kernel may hold for two connections is in here: 36 MiB each.
  expect(studio.takenBytes).toBeLessThan(100 * mebibyte)
  let at = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    for (let from = 0; from < chunk.length; ) {
      const expected = recording.subarray(at % size, (at % size) + chunk.length - from)
      expect(expected.equals(chunk.subarray(from, from + expected.length))).toBe(true)
      from += expected.length
      at += expected.length
    }
  }
  expect(at).toBe(encores * size)
})

test('the simulator’s 20 MB are not taken any further than they are listened to either', async () => {
  const response = await post('/v1/audio/speech', { body: speechOf('sim2/speech-large') }).answered
  const asked = upstream.requests.at(-1)
  await stalled(() => asked?.chunksWritten ?? 0)
  expect(asked?.state).toBe('open')
  const heard = await buffer(response)
  const direct = await post('/v1/audio/speech', { body: speechOf('speech-large'), to: server.url })
    .answered
  expect(heard.equals(await buffer(direct))).toBe(true)
  expect(heard.length).toBeGreaterThan(size)
  expect(asked?.state).toBe('complete')
})

/** Of the hub's process, in bytes: now, and at most since `forgetPeak`. */
function memory() {
  const status = readFileSync(`/proc/${hub.process.pid}/status`, 'utf8')
  const bytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') }
}
const forgetPeak = () => writeFileSync(`/proc/${hub.process.pid}/clear_refs`, '5')

const boundary = 'a-boundary-of-a-form'
const field = (name: string, value: string) =>
  `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const audioForm = (bytes: Uint8Array) =>
  Buffer.concat([
    Buffer.from(field('model', 'studio/hears')),
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\ncontent-type: audio/wav\r\n\r\n`,
    ),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
const type = `multipart/form-data; boundary=${boundary}`

describe.skipIf(process.platform !== 'linux')('many at once', () => {
  const atOnce = 8
  const rounds = 5
  const form = audioForm(recording)

  async function upload(): Promise<boolean> {
    const response = await post('/v1/audio/transcriptions', { type, body: form }).answered
    return (await buffer(response)).toString() === '{"text":"Heard."}'
  }

  async function download(): Promise<boolean> {
    const response = await post('/v1/audio/speech', { body: speechOf('studio/talks') }).answered
    return (await buffer(response)).equals(recording)
  }

  test('eight uploads and eight downloads, again and again, take what one round takes', async () => {
    const idle = memory().now
    forgetPeak()
    for (let round = 0; round < rounds; round++) {
      studio.forms.length = 0
      const calls = Array.from({ length: atOnce }, () => [upload(), download()]).flat()
      expect(await Promise.all(calls)).toEqual(Array(2 * atOnce).fill(true))
    }
    // An upload is there three times at most: as it came, in one piece, and as the form that goes out. What
    // is not collected yet is in here as well; had one copy of each stayed, it would be beyond this alone.
    const bound = 768 * mebibyte
    expect(rounds * atOnce * size).toBeGreaterThan(bound)
    expect(memory().peak - idle).toBeLessThan(bound)
  }, 60_000)

  test('uploads beyond 256 MiB are 503 with Retry-After, until there is room again', async () => {
    const large = audioForm(Buffer.alloc(60 * mebibyte, 1))
    // All but the last byte: four fit, five do not; which one is too many is chance.
    const uploads = Array.from({ length: 5 }, () =>
      post('/v1/audio/transcriptions', {
        type,
        body: large.subarray(0, -1),
        length: large.length,
      }),
    )
    for (const { answered } of uploads) answered.catch(() => {})
    const refused = await Promise.race(uploads.map(({ answered }) => answered))
    const { error } = JSON.parse((await buffer(refused)).toString())
    expect([refused.statusCode, error.code]).toEqual([503, 'server_overloaded'])
    expect(refused.headers['retry-after']).toBe('1')
    expect(refused.headers['x-request-id']).toBe(error.request_id)
    for (const { sent } of uploads) sent.destroy()
    // The claims of those who left are free: as much as there is room for goes through at once.
    await expect
      .poll(async () => Promise.all(Array.from({ length: 12 }, upload)), { timeout: 20_000 })
      .toEqual(Array(12).fill(true))
  }, 60_000)
})

describe('a sound that ends early', () => {
  async function hubOver(paced: Simulator) {
    const listening = await paced.listen()
    onTestFinished(() => listening.close())
    const other = await startHub({
      file: `providers:\n${providerAt('slow', `${listening.url}/v1`)}`,
    })
    onTestFinished(() => discard(other))
    return {
      other,
      /** What the hub has written down, after its stop. */
      async records() {
        expect(await other.stop()).toBe(0)
        const store = await openStore({ dataDir: other.dataDir })
        onTestFinished(() => store.close())
        return store.requests.list({ limit: 10 })
      },
    }
  }

  test('a caller who hangs up ends it at the provider before its next piece, and is recorded once', async () => {
    const paced = createSimulator({ pace: 'manual' })
    const { other, records } = await hubOver(paced)
    const { sent, answered } = post('/v1/audio/speech', {
      body: speechOf('slow/speech-large'),
      to: other.url,
    })
    const asked = await paced.nextRequest()
    paced.release(3)
    const response = await answered
    await new Promise((resolve) => response.once('data', resolve))
    response.on('error', () => {})
    sent.destroy()
    expect(await paced.nextAbort()).toBe(asked)
    paced.release(1000)
    await (await fetch(`${other.url}/healthz`)).text()
    expect([asked.state, asked.chunksWritten]).toEqual(['aborted', 3])
    expect(paced.counters).toMatchObject({ open: 0, aborted: 1 })
    expect(await records()).toEqual([
      expect.objectContaining({
        operation: 'speech',
        provider: 'slow',
        lane: 'relay',
        stream: true,
        status: 499,
        errorCode: 'client_closed',
        usage: expect.objectContaining({ characters: 'Good evening.'.length }),
      }),
    ])
  })

  test('a provider that dies breaks the caller off, and the record says why', async () => {
    const { other, records } = await hubOver(createSimulator())
    const response = await post('/v1/audio/speech', {
      body: speechOf('slow/midstream'),
      to: other.url,
    }).answered
    expect(response.statusCode).toBe(200)
    await expect(buffer(response)).rejects.toThrow(expect.objectContaining({ code: 'ECONNRESET' }))
    expect(response.complete).toBe(false)
    expect(await records()).toEqual([
      expect.objectContaining({
        provider: 'slow',
        status: 502,
        errorCode: expect.stringMatching(/^upstream_/),
        attempts: [expect.objectContaining({ code: expect.stringMatching(/^upstream_/) })],
      }),
    ])
    expect(other.log()).toContain('answer broke off')
  })

  test('a provider that fails before the first piece gives the caller its error', async () => {
    const { other, records } = await hubOver(createSimulator())
    const response = await post('/v1/audio/speech', {
      body: speechOf('slow/error-500'),
      to: other.url,
    }).answered
    const { error } = JSON.parse((await buffer(response)).toString())
    expect([response.statusCode, error.code]).toEqual([502, 'upstream_failed'])
    expect(await records()).toMatchObject([{ status: 502, errorCode: 'upstream_failed' }])
  })
})
