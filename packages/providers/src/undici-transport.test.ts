import { EventEmitter, once } from 'node:events'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { HubError, TransportRequest } from '@aigne-hub/protocol'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Lookup } from './guarded-connector.ts'
import { routeEverythingTo } from './testing/routed-sockets.ts'
import { transportSuite } from './testing/transport-suite.ts'
import { startUpstream } from './testing/upstream.ts'
import { createUndiciTransport, type UndiciTransportOptions } from './undici-transport.ts'

transportSuite('the undici transport', () => createUndiciTransport())

const never = new AbortController().signal

function transportOf(options: UndiciTransportOptions = {}) {
  const transport = createUndiciTransport(options)
  onTestFinished(() => transport.close())
  return transport
}

async function upstreamOf(...listener: Parameters<typeof startUpstream>) {
  const upstream = await startUpstream(...listener)
  onTestFinished(() => upstream.close())
  return upstream
}

const get = (url: string, extra: Partial<TransportRequest> = {}): TransportRequest => ({
  method: 'GET',
  url,
  headers: {},
  allowPrivateNetwork: false,
  ...extra,
})

const ipv4 = (...addresses: string[]) => addresses.map((address) => ({ address, family: 4 }))

afterEach(() => {
  vi.restoreAllMocks()
})

describe('names', () => {
  test('are resolved when a connection is opened, and the checked address is the one that is dialled', async () => {
    const upstream = await upstreamOf(({ headers }, response) => response.end(headers.host))
    const { dialled } = routeEverythingTo(upstream.port)
    // The rebinding attack: a public answer for the check, a private one for the connection.
    const answers = [ipv4('8.8.8.8'), ipv4('127.0.0.1')]
    const lookup = vi.fn<Lookup>(async () => answers.shift() ?? [])
    const transport = transportOf({ lookup })
    const { body } = await transport.send(get('http://rebind.example/v1'), never)
    expect(Buffer.from(await body.bytes(100)).toString()).toBe('rebind.example')
    expect(dialled).toEqual([['8.8.8.8']])
    expect(lookup).toHaveBeenCalledTimes(1)
  })

  test('with allowed and forbidden addresses are dialled at the allowed ones alone', async () => {
    const upstream = await upstreamOf((_, response) => response.end())
    const { dialled } = routeEverythingTo(upstream.port)
    const lookup = async () => ipv4('10.0.0.1', '8.8.8.8', '169.254.169.254', '1.1.1.1')
    await transportOf({ lookup }).send(get('http://mixed.example/'), never)
    expect(dialled).toEqual([['8.8.8.8', '1.1.1.1']])
  })

  test('are asked for once by connections that are opened at once, and again later', async () => {
    const upstream = await upstreamOf((_, response) => response.end())
    const lookup = vi.fn<Lookup>(async () => ipv4('127.0.0.1'))
    const transport = transportOf({ lookup })
    const url = `http://busy.example:${upstream.port}/`
    const send = () => transport.send(get(url, { allowPrivateNetwork: true }), never)
    await Promise.all(Array.from({ length: 10 }, send))
    expect([upstream.connections.length, lookup.mock.calls.length]).toEqual([10, 1])
    await Promise.all(Array.from({ length: 20 }, send))
    expect(upstream.connections.length).toBeGreaterThan(10)
    expect(lookup).toHaveBeenCalledTimes(2)
  })

  test('that do not resolve are an upstream_failed that says so', async () => {
    const lookup = async () => {
      throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })
    }
    const sending = transportOf({ lookup }).send(get('https://nowhere.example/secret-path'), never)
    const error = await sending.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'upstream_failed' })
    expect((error as HubError).message).toMatch(/nowhere\.example.*does not resolve/)
  })

  test('that resolve to nothing allowed are refused with an error of its own for each call', async () => {
    const transport = transportOf({ lookup: async () => ipv4('10.0.0.1') })
    const send = () => transport.send(get('http://inside.example/'), never)
    const [first, second] = await Promise.allSettled([send(), send()])
    expect(first).toMatchObject({ reason: { code: 'egress_refused' } })
    expect(second).toMatchObject({ reason: { code: 'egress_refused' } })
    expect((first as PromiseRejectedResult).reason).not.toBe(
      (second as PromiseRejectedResult).reason,
    )
  })

  test('are given to private servers as well: the Host header stays the name', async () => {
    const upstream = await upstreamOf(({ headers }, response) => response.end(headers.host))
    const transport = transportOf({ lookup: async () => ipv4('127.0.0.1') })
    const url = `http://vllm.internal.example:${upstream.port}/`
    const { body } = await transport.send(get(url, { allowPrivateNetwork: true }), never)
    expect(Buffer.from(await body.bytes(100)).toString()).toBe(
      `vllm.internal.example:${upstream.port}`,
    )
  })
})

test('allowPrivateNetwork opens the origin of its own request alone', async () => {
  const mine = await upstreamOf((_, response) => response.end())
  const other = await upstreamOf((_, response) => response.end())
  const transport = transportOf({ lookup: async () => ipv4('127.0.0.1') })
  const named = `http://mine.example:${mine.port}`
  for (const url of [mine.origin, named]) {
    const answer = await transport.send(get(url, { allowPrivateNetwork: true }), never)
    expect(answer.status).toBe(200)
  }
  // Also where a connection stands already.
  for (const url of [other.origin, mine.origin, named]) {
    await expect(transport.send(get(url), never)).rejects.toMatchObject({ code: 'egress_refused' })
  }
  expect([mine.requests, other.requests]).toEqual([2, 0])
})

describe('a connection', () => {
  test('that is not there in time is an upstream_timeout: the name never resolves', async () => {
    const lookup: Lookup = () => new Promise(() => undefined)
    const sending = transportOf({ lookup, connectTimeoutMs: 20 }).send(
      get('http://slow.example/'),
      never,
    )
    await expect(sending).rejects.toMatchObject({ code: 'upstream_timeout' })
  })

  test('that is not there in time is an upstream_timeout: TLS is never spoken', async () => {
    const silent = createTcpServer((socket) => socket.resume()).listen(0, '127.0.0.1')
    onTestFinished(() => void silent.close())
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const sending = transportOf({ connectTimeoutMs: 20 }).send(
      get(`https://127.0.0.1:${port}/`, { allowPrivateNetwork: true }),
      never,
    )
    await expect(sending).rejects.toMatchObject({ code: 'upstream_timeout' })
  })

  test('that is still being opened is not used once the caller has hung up', async () => {
    const upstream = await upstreamOf((_, response) => response.end())
    const resolving = new EventEmitter()
    const lookup: Lookup = async () => {
      await once(resolving, 'go')
      return ipv4('127.0.0.1')
    }
    const caller = new AbortController()
    const url = `http://late.example:${upstream.port}/`
    const sending = transportOf({ lookup }).send(
      get(url, { allowPrivateNetwork: true }),
      caller.signal,
    )
    caller.abort(new Error('mine'))
    await expect(sending).rejects.toThrow('mine')
    const accepted = once(upstream.server, 'connection')
    resolving.emit('go')
    const [socket] = (await accepted) as [Socket]
    await once(socket.resume(), 'close')
    expect(upstream.requests).toBe(0)
  })
})

describe('an answer', () => {
  const answer = async (...listener: Parameters<typeof startUpstream>) => {
    const upstream = await upstreamOf(...listener)
    return transportOf().send(get(upstream.origin, { allowPrivateNetwork: true }), never)
  }

  test('that is compressed keeps its status and headers; its body cannot be read', async () => {
    const { status, headers, body } = await answer((_, response) => {
      response.writeHead(429, { 'content-encoding': 'gzip', 'retry-after': '7' })
      response.end(gzipSync('{}'))
    })
    expect([status, headers['retry-after']]).toEqual([429, '7'])
    const reading = body.bytes(1_000)
    await expect(reading).rejects.toMatchObject({ code: 'upstream_failed' })
    await expect(reading).rejects.toThrow('gzip')
  })

  test('that comes after early hints is the answer', async () => {
    const { status } = await answer((_, response) => {
      response.writeProcessing()
      response.writeEarlyHints({ link: '</x>; rel=preload' })
      response.writeHead(201).end()
    })
    expect(status).toBe(201)
  })

  test('with more than 16 KiB of headers is refused', async () => {
    const large = answer((_, response) => {
      response.writeHead(200, { 'x-large': 'x'.repeat(17_000) }).end()
    })
    await expect(large).rejects.toMatchObject({ code: 'upstream_failed' })
    await expect(large).rejects.toThrow('16 KiB')
  })

  test('that is no HTTP is refused', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    onTestFinished(() => void server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as { port: number }
    const url = `http://127.0.0.1:${port}/`
    const sending = transportOf().send(get(url, { allowPrivateNetwork: true }), never)
    await expect(sending).rejects.toMatchObject({ code: 'upstream_failed' })
    await expect(sending).rejects.toThrow('not HTTP/1.1')
  })
})

test('close ends what is under way as shutting_down, and refuses what comes after', async () => {
  const upstream = await upstreamOf(({ url }, response) => {
    if (url === '/open') response.writeHead(200).write('first')
  })
  const transport = createUndiciTransport()
  const send = (path: string) =>
    transport.send(get(upstream.origin + path, { allowPrivateNetwork: true }), never)
  const { body } = await send('/open')
  const reading = expect(body.bytes(100)).rejects.toMatchObject({ code: 'shutting_down' })
  const waiting = expect(send('/silent')).rejects.toMatchObject({ code: 'shutting_down' })
  await transport.close()
  await reading
  await waiting
  await expect(send('/open')).rejects.toMatchObject({ code: 'shutting_down' })
  await expect(send('/another')).rejects.toMatchObject({ code: 'shutting_down' })
})
