// The gateway as an HTTP server: what it refuses, how it says so, and what it survives.

import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { adminKey, discard, type RunningHub, startHub } from './hub.ts'
import { openWire, type Wire, type WireResponse } from './wire.ts'

const mebibyte = 1024 * 1024

let hub: RunningHub

beforeAll(async () => {
  hub = await startHub()
})

afterAll(() => discard(hub))

/** A connection that goes when the test ends. */
function wire(): Wire {
  const opened = openWire(hub.url)
  onTestFinished(() => void opened.socket.destroy())
  return opened
}

interface Asked {
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  key?: string | undefined
}

const chat = JSON.stringify({
  model: 'sim/echo',
  messages: [{ role: 'user', content: 'Hello' }],
})

/** A request as bytes; by default a chat call that works. */
function requestText({ method = 'POST', path = '/v1/chat/completions', ...rest }: Asked = {}) {
  const { key = adminKey, body = method === 'POST' ? chat : '' } = rest
  const headers = {
    host: 'hub',
    ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    ...(body.length > 0 ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
    ...rest.headers,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`),
    Buffer.from(body),
  ])
}

async function ask(asked: Asked = {}, on: Wire = wire()): Promise<WireResponse> {
  on.send(requestText(asked))
  return on.response({ head: asked.method === 'HEAD' })
}

const seen = new Set<string>()

/** Every refusal is the envelope of docs/errors.md, and names a request that no other one had. */
function expectRefusal(response: WireResponse, status: number, code: string) {
  const { error } = JSON.parse(response.body)
  expect({ status: response.status, code: error.code }, response.body).toEqual({ status, code })
  expect(error).toEqual({
    message: expect.stringMatching(/\S.*\.$/s),
    type: expect.stringMatching(/^[a-z_]+$/),
    param: null,
    code,
    request_id: expect.stringMatching(/^req_[\w-]{36}$/),
  })
  expect(response.headers['content-type']).toMatch(/^application\/json\b/)
  expect(response.headers['x-request-id']).toBe(error.request_id)
  expect(seen).not.toContain(error.request_id)
  seen.add(error.request_id)
  return error as { message: string }
}

describe('who is asking', () => {
  test.for([
    ['authorization: Bearer', { authorization: `Bearer ${adminKey}` }],
    ['authorization: bearer', { authorization: `bearer ${adminKey}` }],
    ['x-api-key', { 'x-api-key': adminKey }],
    ['x-goog-api-key', { 'x-goog-api-key': adminKey }],
    ['x-api-key beside what a proxy wants', { authorization: 'Basic YTpi', 'x-api-key': adminKey }],
  ] as const)('a key in %s is accepted', async ([, headers]) => {
    const answer = await ask({ key: '', headers })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body)).toMatchObject({ object: 'chat.completion' })
  })

  const wrong = 'wrong-key-0123456789'
  test.for<[string, Record<string, string>]>([
    ['no key', {}],
    ['an unknown key in authorization', { authorization: `Bearer ${wrong}` }],
    ['an unknown key in x-api-key', { 'x-api-key': wrong }],
    ['an unknown key in x-goog-api-key', { 'x-goog-api-key': wrong }],
    ['no scheme', { authorization: adminKey }],
    ['another scheme', { authorization: `Basic ${adminKey}` }],
    ['a scheme alone', { authorization: 'Bearer ' }],
    ['an empty key', { 'x-api-key': '' }],
    ['a key with one character more', { authorization: `Bearer ${adminKey}x` }],
    [
      'a wrong key beside the right one',
      { authorization: `Bearer ${wrong}`, 'x-api-key': adminKey },
    ],
    ['a key that is no key', { 'x-api-key': 'x'.repeat(8000) }],
  ])('%s is 401', async ([, headers]) => {
    const answer = await ask({ key: '', headers })
    const { message } = expectRefusal(answer, 401, 'invalid_api_key')
    expect(message).not.toContain(wrong)
    expect(answer.headers['x-should-retry']).toBeUndefined()
  })

  test('a stranger is refused before a byte of the body is read', async () => {
    const stranger = wire()
    stranger.send(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n',
    )
    expectRefusal(await stranger.response(), 401, 'invalid_api_key')
  })
})

describe('what is asked', () => {
  test.for([
    ['GET', '/v1/nowhere'],
    ['POST', '/v1/chat/completions/'],
    ['POST', '/v1/chat/completions/more'],
    ['POST', '//v1/chat/completions'],
    ['POST', '/V1/chat/completions'],
    ['GET', '/v1'],
    ['OPTIONS', '*'],
    ['PROPFIND', '/v1/nowhere'],
  ] as const)('%s %s is 404', async ([method, path]) => {
    expectRefusal(await ask({ method, path }), 404, 'unknown_url')
  })

  test.for([
    ['GET', '/v1/chat/completions', 'POST'],
    ['OPTIONS', '/v1/chat/completions', 'POST'],
    ['DELETE', '/v1/embeddings?x=1', 'POST'],
    ['PATCH', '/v1/images/generations', 'POST'],
    ['POST', '/v1/models', 'GET, HEAD'],
    ['POST', '/v1/models/sim/chat', 'GET, HEAD'],
    ['DELETE', '/v1/models/sim%2Fchat', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['TRACE', '/readyz', 'GET, HEAD'],
  ] as const)('%s %s is 405 and says what is allowed', async ([method, path, allow]) => {
    const answer = await ask({ method, path })
    expectRefusal(answer, 405, 'method_not_allowed')
    expect(answer.headers.allow?.split(', ').toSorted().join(', ')).toBe(allow)
  })

  test('HEAD is GET without the body, also where it is refused', async () => {
    const connection = wire()
    const found = await ask({ method: 'HEAD', path: '/v1/models' }, connection)
    expect(found.status).toBe(200)
    expect(Number(found.headers['content-length'])).toBeGreaterThan(10)
    const refused = await ask({ method: 'HEAD', path: '/v1/models', key: '' }, connection)
    expect(refused.status).toBe(401)
    expect(refused.headers['x-request-id']).toMatch(/^req_/)
    // Nothing of a body stands between the answers.
    const again = await ask({ method: 'HEAD', path: '/v1/chat/completions' }, connection)
    expect(again.status).toBe(405)
    expect((await ask({}, connection)).status).toBe(200)
  })

  test('a model’s id may hold a slash or %2F', async () => {
    const connection = wire()
    for (const path of ['/v1/models/sim/chat', '/v1/models/sim%2Fchat', '/v1/models/sim%2fchat']) {
      const answer = await ask({ method: 'GET', path }, connection)
      expect(JSON.parse(answer.body)).toMatchObject({ id: 'sim/chat', object: 'model' })
    }
  })

  test.for(['/v1/models/%zz', '/v1/models/%', '/%E0%A4%A'])(
    'the broken escape of %s is 400',
    async (path) => {
      expectRefusal(await ask({ method: 'GET', path }), 400, 'invalid_request')
    },
  )

  test('a model’s id may be as long as it likes: it is just not found', async () => {
    const answer = await ask({ method: 'GET', path: `/v1/models/${'x'.repeat(5000)}` })
    expect(answer.status).toBe(404)
    const { error } = JSON.parse(answer.body)
    expect(error).toMatchObject({ code: 'model_not_found', param: 'model' })
    expect(error.message.length).toBeLessThan(1000)
  })

  test('a request id of the caller’s own is not taken for ours', async () => {
    const answer = await ask({ path: '/v1/nowhere', headers: { 'x-request-id': 'req_mine' } })
    expectRefusal(answer, 404, 'unknown_url')
  })
})

describe('what is sent', () => {
  test.for<[string, Record<string, string>]>([
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['something like JSON', { 'content-type': 'application/jsonp' }],
    ['nothing named', { 'content-type': '' }],
    ['gzip', { 'content-encoding': 'gzip' }],
    ['two encodings', { 'content-encoding': 'identity, br' }],
  ])('%s is 415', async ([, headers]) => {
    const answer = await ask({ headers })
    expectRefusal(answer, 415, 'unsupported_media_type')
    expect(answer.headers['x-should-retry']).toBe('false')
  })

  test.for([
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/vnd.acme.v1+json',
  ] as const)('%s is JSON', async (type) => {
    expect((await ask({ headers: { 'content-type': type } })).status).toBe(200)
  })

  test('an announced body that is too large is 413 before it is sent', async () => {
    const sender = wire()
    const length = 32 * mebibyte + 1
    sender.send(
      requestText({ headers: { 'content-length': String(length) } }).subarray(0, -chat.length),
    )
    const answer = await sender.response()
    const { message } = expectRefusal(answer, 413, 'request_too_large')
    expect(message).toContain('32 MiB')
    expect(answer.headers['x-should-retry']).toBe('false')
  })

  test('a body in chunks that grows too large is 413, whatever still comes', async () => {
    const sender = wire()
    const head = 'content-type: application/json\r\ntransfer-encoding: chunked\r\n'
    sender.send(
      `POST /v1/images/generations HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer ${adminKey}\r\n${head}\r\n`,
    )
    const chunk = Buffer.concat([
      Buffer.from('40000\r\n'),
      Buffer.alloc(256 * 1024, ' '),
      Buffer.from('\r\n'),
    ])
    for (let sent = 0; sent < 8; sent++) sender.send(chunk)
    sender.send('0\r\n\r\n')
    expectRefusal(await sender.response(), 413, 'request_too_large')
    expect((await ask({}, sender)).status).toBe(200)
  })

  test('the limit itself is allowed', async () => {
    const path = '/v1/images/generations'
    const image = JSON.stringify({ model: 'sim/image', prompt: 'x', size: '64x64' })
    const full = image.padEnd(mebibyte)
    expect((await ask({ path, body: full })).status).toBe(200)
    expectRefusal(await ask({ path, body: `${full} ` }), 413, 'request_too_large')
  })

  test('a caller who waits for "100 Continue" gets it', async () => {
    const sender = wire()
    const bytes = requestText({ headers: { expect: '100-continue' } })
    sender.send(bytes.subarray(0, -chat.length))
    await new Promise((resolve) => sender.socket.once('data', resolve))
    sender.send(chat)
    expect((await sender.response()).status).toBe(200)
  })

  test('another expectation is ignored', async () => {
    expect((await ask({ headers: { expect: 'miracles' } })).status).toBe(200)
  })
})

describe('what is not HTTP', () => {
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer ${adminKey}\r\ncontent-type: application/json\r\n`

  test.for([
    ['nonsense', 'nonsense\r\n\r\n'],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a header without a colon', 'GET /healthz HTTP/1.1\r\nhost: hub\r\nbroken\r\n\r\n'],
    ['a header name with a space', 'GET /healthz HTTP/1.1\r\nhost: hub\r\nx y: z\r\n\r\n'],
    ['a NUL in a header', 'GET /healthz HTTP/1.1\r\nhost: hub\r\nx: a\0b\r\n\r\n'],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n'],
    ['a length below zero', `${head}content-length: -1\r\n\r\n`],
    ['two lengths', `${head}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`],
    [
      'a length and chunks',
      `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a chunk size that is no number', `${head}transfer-encoding: chunked\r\n\r\nxyz\r\n`],
    ['an encoding below chunked', `${head}transfer-encoding: chunked, gzip\r\n\r\n`],
  ] as const)('%s is 400 and the end of the connection', async ([, bytes]) => {
    const sender = wire()
    sender.send(Buffer.from(bytes, 'latin1'))
    const answer = await sender.response()
    expectRefusal(answer, 400, 'invalid_request')
    expect(answer.headers.connection).toBe('close')
    await sender.closed
  })

  test.for([20_000, 5_000_000])('%i bytes of headers are 431', async (size) => {
    const answer = await ask({ headers: { 'x-large': 'x'.repeat(size) } })
    expectRefusal(answer, 431, 'headers_too_large')
  })

  test('garbage in the middle of an answer spoils neither the answer nor the hub', async () => {
    const sender = wire()
    sender.send(requestText({ body: chat.replace('{', '{"stream":true,') }))
    await new Promise((resolve) => sender.socket.once('data', resolve))
    sender.send('garbage\r\n\r\n')
    const answer = await sender.response()
    expect(answer.status).toBe(200)
    expect(answer.body).toMatch(/data: \[DONE\]\n\n$/)
    await sender.closed
    expect((await ask()).status).toBe(200)
  })
})

describe('a kept connection', () => {
  test.for<[number, Asked]>([
    [401, { key: 'wrong-key-0123456789' }],
    [404, { path: '/v1/nowhere' }],
    [405, { method: 'GET' }],
    [413, { path: '/v1/images/generations', body: ' '.repeat(3 * mebibyte) }],
    [415, { headers: { 'content-type': 'text/plain' }, body: ' '.repeat(3 * mebibyte) }],
    [400, { body: '{' }],
    [404, { body: chat.replace('sim/echo', 'sim/nothing') }],
    [502, { body: chat.replace('sim/echo', 'sim/error-500') }],
  ])('serves the next call after a %i', async ([status, asked]) => {
    const connection = wire()
    expect((await ask(asked, connection)).status).toBe(status)
    expect((await ask({}, connection)).status).toBe(200)
    expect((await ask(asked, connection)).status).toBe(status)
  })

  test('answers calls that were sent ahead in their order', async () => {
    const connection = wire()
    const words = Array.from({ length: 30 }, (_, index) => `word ${index}`)
    for (const word of words) connection.send(requestText({ body: chat.replace('Hello', word) }))
    const answers: string[] = []
    while (answers.length < words.length) {
      const { body } = await connection.response()
      answers.push(JSON.parse(body).choices[0].message.content)
    }
    expect(answers).toEqual(words)
    expect(hub.log()).not.toContain('Warning')
  })
})

describe('more than fits', () => {
  test('uploads beyond 256 MiB in flight are 503 with Retry-After, until there is room', async () => {
    const size = 32 * mebibyte
    const part = Buffer.alloc(size - 1, ' ')
    const startUpload = async () => {
      const upload = wire()
      upload.send(requestText({ headers: { 'content-length': String(size) }, body: '' }))
      await new Promise<void>((resolve) => upload.socket.write(part, () => resolve()))
      return upload
    }
    // Each is one byte short of complete. Eight fit, nine do not; which one is too many is chance.
    const uploads = await Promise.all(Array.from({ length: 9 }, startUpload))
    const refused = await Promise.race(uploads.map((upload) => upload.response()))
    expectRefusal(refused, 503, 'server_overloaded')
    expect(refused.headers['retry-after']).toBe('1')
    expect((await ask({ method: 'GET', path: '/readyz' })).status).toBe(200)
    for (const upload of uploads) upload.socket.destroy()
    await expect
      .poll(async () => (await ask({ body: chat.padEnd(size) })).status, {
        timeout: 20_000,
      })
      .toBe(200)
  }, 60_000)

  test.skipIf(process.platform !== 'linux')(
    'a reader who does not read holds up the provider, not the hub’s memory',
    async () => {
      const provider = await startFirehose()
      const other = await startHub({
        file: `providers: [{ id: hose, baseUrl: "${provider.url}", allowPrivateNetwork: true }]\n`,
      })
      onTestFinished(() => discard(other))
      const residentBytes = () =>
        Number(
          /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${other.process.pid}/status`, 'utf8'))?.[1],
        ) * 1024
      const before = residentBytes()
      const reader = openWire(other.url)
      onTestFinished(() => void reader.socket.destroy())
      reader.send(
        requestText({
          body: JSON.stringify({ ...JSON.parse(chat), model: 'hose/x', stream: true }),
        }),
      )
      await new Promise((resolve) => reader.socket.once('data', resolve))
      reader.socket.pause()
      await provider.stalled(() => fetch(`${other.url}/healthz`))
      // What the kernel holds for four sockets is in here; all of it would be a gigabyte.
      expect(provider.sentBytes()).toBeLessThan(64 * mebibyte)
      expect(residentBytes() - before).toBeLessThan(64 * mebibyte)
      reader.socket.destroy()
      await provider.left
    },
  )
})

/** A provider that streams a gigabyte as fast as it is taken. */
async function startFirehose() {
  let sent = 0
  let leave = () => {}
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  const frame = `data: ${JSON.stringify({
    id: 'x',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'x',
    choices: [{ index: 0, delta: { content: 'x'.repeat(16_000) }, finish_reason: null }],
  })}\n\n`
  function pour(response: ServerResponse): void {
    while (sent < 1024 * mebibyte) {
      sent += frame.length
      if (response.write(frame)) continue
      response.once('drain', () => pour(response))
      return
    }
    response.end()
  }
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.once('close', leave)
    pour(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    sentBytes: () => sent,
    left,
    /** Resolves when nothing more was taken during fifty round trips. */
    async stalled(roundTrip: () => Promise<unknown>): Promise<void> {
      for (let quiet = 0; quiet < 50; ) {
        const before = sent
        await roundTrip()
        quiet = sent === before ? quiet + 1 : 0
      }
    },
  }
}
