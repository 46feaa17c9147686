import { openAiChat } from '@aigne-hub/dialects'
import { HubError, jsonBody, type Provider, type TransportRequest } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { createCatalogue } from './catalogue.ts'
import type { RouterPorts } from './ports.ts'
import { createRouter } from './router.ts'
import { answeringTransport } from './testing/answering-transport.ts'
import { fakeClock } from './testing/fake-clock.ts'
import { host } from './testing/providers.ts'
import { failureOf } from './testing/set-up.ts'

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2, 3)
const answer = JSON.stringify({
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
})

/** A provider that fetches nothing itself, and a web in which `files` are. */
function setUp(
  files: (request: TransportRequest) => ReturnType<Parameters<typeof answeringTransport>[0]>,
  ports: Partial<RouterPorts> = {},
) {
  const { transport, requests } = answeringTransport((request) =>
    request.method === 'POST' ? { body: answer } : files(request),
  )
  const base = host('acme', ['m'])
  const [known] = base.adapter.models
  const provider: Provider = {
    ...base,
    adapter: {
      ...base.adapter,
      models: known ? [{ ...known, quirks: { mediaByValue: true } }] : [],
    },
  }
  const clock = fakeClock()
  const router = createRouter({
    catalogue: createCatalogue({ providers: [provider] }),
    transport,
    clock,
    ...ports,
  })
  const ask = (...urls: string[]) => {
    const content = [
      { type: 'text', text: 'What is it?' },
      ...urls.map((url) => ({ type: 'image_url', image_url: { url } })),
    ]
    const body = jsonBody({ model: 'acme/m', messages: [{ role: 'user', content }] })
    return router.route({ dialect: openAiChat, body })
  }
  return { ask, requests, clock }
}

const sent = (requests: readonly TransportRequest[]) => {
  const request = requests.find(({ method }) => method === 'POST')
  return JSON.parse(String(request?.body)).messages[0].content.slice(1)
}

describe('files that a request names by their address, for a provider that fetches none', () => {
  test('are fetched once each and sent inside the request', async () => {
    const { ask, requests } = setUp(() => ({
      body: png,
      headers: { 'content-type': 'text/plain' },
    }))
    await ask('https://a.example/1.png', 'https://a.example/1.png', 'data:image/gif;base64,R0lG')
    const [first] = requests
    expect(first).toEqual({
      method: 'GET',
      url: 'https://a.example/1.png',
      headers: {},
      allowPrivateNetwork: false,
      isCallers: true,
    })
    expect(requests).toHaveLength(2)
    // The server called it a text; its first bytes say what it is.
    const url = `data:image/png;base64,${Buffer.from(png).toString('base64')}`
    expect(sent(requests).map((part: { image_url: object }) => part.image_url)).toEqual([
      { url },
      { url },
      { url: 'data:image/gif;base64,R0lG' },
    ])
  })

  test('are fetched from private networks only when the operator allows it', async () => {
    const { ask, requests } = setUp(() => ({ body: png }), { allowPrivateMedia: true })
    await ask('http://10.0.0.7/1.png')
    expect(requests[0]?.allowPrivateNetwork).toBe(true)
  })

  test('may be behind a few redirects, each of which goes through the guard', async () => {
    const { ask, requests } = setUp(({ url }) =>
      url.endsWith('/2') ? { body: png } : { status: 302, headers: { location: '/2' } },
    )
    await ask('https://a.example/1')
    expect(requests.map(({ url }) => url).slice(0, 2)).toEqual([
      'https://a.example/1',
      'https://a.example/2',
    ])
    const endless = setUp(() => ({ status: 302, headers: { location: '/again' } }))
    expect(await failureOf(endless.ask('https://a.example/1'))).toMatchObject({
      code: 'media_not_fetched',
    })
    expect(endless.requests).toHaveLength(4)
  })

  const refused = (code: 'egress_refused' | 'upstream_failed' | 'upstream_timeout') => () => {
    throw new HubError(code, 'The guard names /secret-path.')
  }
  test.each([
    ['that is not public', refused('egress_refused'), 'not public'],
    ['nobody answers at', refused('upstream_failed'), 'did not answer'],
    ['that takes too long', refused('upstream_timeout'), 'in time'],
    ['where nothing is', () => ({ status: 404 }), 'HTTP 404'],
  ])('at an address %s are a 400 that names the host alone', async (_, files, words) => {
    const { ask, requests } = setUp(files)
    const error = await failureOf(ask('https://a.example/secret-path?token=secret'))
    expect(error).toMatchObject({ code: 'media_not_fetched', status: 400 })
    expect(error.message).toContain(words)
    expect(error.message).toContain('a.example')
    expect(error.message).not.toContain('secret')
    expect(requests.some(({ method }) => method === 'POST')).toBe(false)
  })

  test('may have 20 MiB each and 50 MiB together, and not be more than 20', async () => {
    const large = setUp(() => ({ body: new Uint8Array(20 * 2 ** 20 + 1) }))
    expect(await failureOf(large.ask('https://a.example/1'))).toMatchObject({ status: 413 })
    const announced = setUp(() => ({ headers: { 'content-length': '999999999' } }))
    expect(await failureOf(announced.ask('https://a.example/1'))).toMatchObject({ status: 413 })
    const several = setUp(() => ({ body: new Uint8Array(18 * 2 ** 20) }))
    const urls = ['1', '2', '3'].map((name) => `https://a.example/${name}`)
    expect(await failureOf(several.ask(...urls))).toMatchObject({ status: 413 })
    const many = setUp(() => ({ body: png }))
    const all = Array.from({ length: 21 }, (_, at) => `https://a.example/${at}`)
    expect(await failureOf(many.ask(...all))).toMatchObject({ code: 'media_not_fetched' })
    expect(many.requests).toHaveLength(0)
  })

  test('count in the memory for requests until the call is over, also when it fails', async () => {
    const held: number[] = []
    let bytes = 0
    const room = { most: 1_000 }
    const memory = {
      claim(more: number) {
        if (bytes + more > room.most) throw new HubError('server_overloaded', 'Full.')
        bytes += more
      },
      release(less: number) {
        held.push(bytes)
        bytes -= less
      },
    }
    const file = { body: new Uint8Array(400) }
    const { ask } = setUp(() => file, { memory })
    await ask('https://a.example/1', 'https://a.example/2')
    expect([held, bytes]).toEqual([[800], 0])
    const full = await failureOf(
      ask('https://a.example/1', 'https://a.example/2', 'https://a.example/3'),
    )
    expect(full.code).toBe('server_overloaded')
    expect([held, bytes]).toEqual([[800, 800], 0])
    const missing = setUp(({ url }) => (url.endsWith('2') ? { status: 404 } : file), { memory })
    await failureOf(missing.ask('https://a.example/1', 'https://a.example/2'))
    expect(bytes).toBe(0)
  })
})
