import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFetchTransport } from './fetch-transport.ts'
import { transportSuite } from './testing/transport-suite.ts'

transportSuite('the fetch transport', () => createFetchTransport())

const never = new AbortController().signal
const request = {
  method: 'POST',
  url: 'https://api.openai.com/v1/chat/completions',
  headers: { authorization: 'Bearer sk-1' },
  body: '{"model":"m"}',
  allowPrivateNetwork: false,
} as const

describe('under msw', () => {
  const server = setupServer(
    http.post(request.url, async ({ request }) => {
      const key = request.headers.get('authorization')
      return HttpResponse.json({ key, sent: await request.json() }, { status: 201 })
    }),
    http.post('https://api.openai.com/v1/stream', () => {
      const chunks = ['data: 1\n\n', 'data: 2\n\n']
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const chunk = chunks.shift()
          if (chunk === undefined) controller.close()
          else controller.enqueue(new TextEncoder().encode(chunk))
        },
      })
      return new HttpResponse(body, { headers: { 'content-type': 'text/event-stream' } })
    }),
  )
  beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
  afterAll(() => server.close())

  test('a transport made before answers from the mock', async () => {
    const { status, body } = await createFetchTransport().send(request, never)
    const text = new TextDecoder().decode(await body.bytes(1_000))
    expect([status, JSON.parse(text)]).toEqual([201, { key: 'Bearer sk-1', sent: { model: 'm' } }])
  })

  test('streams come whole', async () => {
    const url = 'https://api.openai.com/v1/stream'
    const { body } = await createFetchTransport().send({ ...request, url }, never)
    let text = ''
    for await (const chunk of body) text += new TextDecoder().decode(chunk)
    expect(text).toBe('data: 1\n\ndata: 2\n\n')
  })
})

describe('a fetch of one’s own', () => {
  test('gets the request, and may not follow redirects', async () => {
    const seen: Parameters<typeof globalThis.fetch>[] = []
    const fetch: typeof globalThis.fetch = async (...args) => {
      seen.push(args)
      return new Response('{}')
    }
    await createFetchTransport({ fetch }).send(request, never)
    expect(seen[0]?.[0]).toBe(request.url)
    expect(seen[0]?.[1]).toMatchObject({
      method: 'POST',
      redirect: 'manual',
      body: request.body,
      headers: { authorization: 'Bearer sk-1', 'accept-encoding': 'identity' },
    })
  })

  test('that unpacked the body leaves no header about the packing', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-length': '9', 'retry-after': '7' }
    const fetch = async () => new Response('longer than nine bytes', { headers })
    const response = await createFetchTransport({ fetch }).send(request, never)
    expect(response.headers).toEqual({
      'content-type': 'text/plain;charset=UTF-8',
      'retry-after': '7',
    })
    expect(await response.body.bytes(100)).toHaveLength(22)
  })

  test.each([
    ['ENOTFOUND', 'upstream_failed', 'does not resolve'],
    ['UND_ERR_CONNECT_TIMEOUT', 'upstream_timeout', 'in time'],
    ['UND_ERR_HEADERS_TIMEOUT', 'upstream_timeout', 'in time'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'upstream_failed', 'not trusted'],
  ])('that fails with %s is an %s that says why', async (code, expected, words) => {
    const cause = Object.assign(new Error('inner'), { code })
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause }))
    const sending = createFetchTransport({ fetch }).send(request, never)
    await expect(sending).rejects.toMatchObject({ code: expected })
    await expect(sending).rejects.toThrow(words)
  })
})

describe('an address that a caller names', () => {
  const asked: string[] = []
  const fetch = async (url: string | URL | Request) => {
    asked.push(String(url))
    return new Response('file')
  }
  const transport = createFetchTransport({ fetch })
  const get = (url: string) =>
    transport.send(
      { method: 'GET', url, headers: {}, allowPrivateNetwork: false, isCallers: true },
      never,
    )

  test.each(['https://files.example/a.png', 'https://localhost.localdomain/a', 'http://[::1]/'])(
    'is not fetched when nobody can say where it leads: %s',
    async (url) => {
      await expect(get(url)).rejects.toThrow(expect.objectContaining({ code: 'egress_refused' }))
      expect(asked).toEqual([])
    },
  )

  test('is fetched when it says so itself', async () => {
    expect((await get('http://93.184.215.14/a.png')).status).toBe(200)
  })
})
