import { isIP, Socket } from 'node:net'
import { HubError, type Transport } from '@aigne-hub/protocol'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createFetchTransport } from './fetch-transport.ts'
import {
  metadataIpv4,
  metadataIpv6,
  privateIpv4,
  privateIpv6,
  specialIpv4,
  specialIpv6,
  spellings,
} from './testing/forbidden-addresses.ts'
import { routeEverythingTo } from './testing/routed-sockets.ts'
import { startUpstream } from './testing/upstream.ts'
import { createUndiciTransport } from './undici-transport.ts'

const literals = [
  ...[...privateIpv4, ...metadataIpv4, ...specialIpv4].flatMap(spellings),
  ...[...privateIpv6, ...metadataIpv6, ...specialIpv6].map((address) => `[${address}]`),
]
const corpus = [
  ...literals.flatMap((host) => [`http://${host}/v1/models`, `https://${host}:8443/v1/models`]),
  'http://localhost/',
  'http://LOCALHOST:8080/',
  'http://localhost./',
  'http://a.localhost/',
  'http://ｌｏｃａｌｈｏｓｔ/',
  'http://127.0.0.1#@api.openai.com/',
  'http://api.openai.com@127.0.0.1/',
  'http://127.0.0.1?@api.openai.com/',
  'http:\\\\127.0.0.1\\',
  'http:127.0.0.1',
  'http:////127.0.0.1/',
  'http://127.0.0.1\t/',
  'ht\ntp://127.0.0.1/',
  'http://127。0。0。1/',
  'http://①②⑦.⓪.⓪.①/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::127.0.0.1]/',
  'http://0/',
  'http://00000000/',
  'http://127.1/',
  'http://0x7f.1/',
  'http://256.256.256.256/',
  'http://4294967296/',
  'file:///etc/passwd',
  'ftp://8.8.8.8/',
  'gopher://8.8.8.8/',
  'ws://8.8.8.8/',
  'data:text/plain,hello',
  'javascript:alert(1)',
  '//8.8.8.8/',
  '/v1/models',
  '',
]

const dialled: unknown[] = []

async function refusals(transport: Transport): Promise<string[]> {
  const accepted: string[] = []
  for (const url of corpus) {
    const request = { method: 'GET', url, headers: {}, allowPrivateNetwork: false } as const
    const code = await transport.send(request, new AbortController().signal).then(
      () => 'sent',
      (error: unknown) => (error instanceof HubError ? error.code : String(error)),
    )
    if (code !== 'egress_refused') accepted.push(`${url}: ${code}`)
  }
  return accepted
}

afterEach(() => {
  vi.restoreAllMocks()
  dialled.length = 0
})

describe(`${corpus.length} addresses that must not be called`, () => {
  test('are at least 200', () => {
    expect(new Set(corpus).size).toBeGreaterThanOrEqual(200)
  })

  test('are refused by the undici transport before it opens a socket or asks for a name', async () => {
    vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args) {
      dialled.push(args)
      return this
    })
    const lookup = async (hostname: string) => {
      dialled.push(hostname)
      return []
    }
    const transport = createUndiciTransport({ lookup })
    expect(await refusals(transport)).toEqual([])
    expect(dialled).toEqual([])
  })

  test('are refused by the fetch transport before it calls fetch', async () => {
    const fetch = async (...args: unknown[]) => {
      dialled.push(args)
      return new Response()
    }
    expect(await refusals(createFetchTransport({ fetch }))).toEqual([])
    expect(dialled).toEqual([])
  })

  test('are refused as well when a name stands for them, unlike public ones', async () => {
    const upstream = await startUpstream((_, response) => response.end())
    onTestFinished(() => upstream.close())
    const { dialled } = routeEverythingTo(upstream.port)
    let address = ''
    const lookup = async () => [{ address, family: isIP(address) }]
    const transport = createUndiciTransport({ lookup })
    onTestFinished(() => transport.close())
    const send = () => {
      const url = `http://${address.replaceAll(/[.:]/g, '-')}.example/`
      const request = { method: 'GET', url, headers: {}, allowPrivateNetwork: false } as const
      return transport.send(request, new AbortController().signal)
    }
    for (address of [
      ...[...privateIpv4, ...metadataIpv4, ...specialIpv4],
      ...[...privateIpv6, ...metadataIpv6, ...specialIpv6],
    ]) {
      await expect(send(), address).rejects.toMatchObject({ code: 'egress_refused' })
    }
    expect([dialled, upstream.connections]).toEqual([[], []])
    address = '8.8.8.8'
    expect((await send()).status).toBe(200)
    expect(dialled).toEqual([['8.8.8.8']])
  })
})
