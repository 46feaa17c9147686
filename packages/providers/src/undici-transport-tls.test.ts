import { createServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { HubError } from '@aigne-hub/protocol'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { selfSignedCertificate } from './testing/certificate.ts'
import { routeEverythingTo } from './testing/routed-sockets.ts'
import { listen, startUpstream } from './testing/upstream.ts'
import { createUndiciTransport } from './undici-transport.ts'

const trusted = getCACertificates('default')

async function sendTo(host: string, certificate: { key: string; cert: string }) {
  const upstream = await listen(
    createServer(certificate, ({ socket }, response) => {
      response.end('servername' in socket ? String(socket.servername) : '')
    }),
  )
  const transport = createUndiciTransport({
    lookup: async () => [{ address: '8.8.8.8', family: 4 }],
  })
  onTestFinished(async () => {
    await transport.close()
    await upstream.close()
  })
  routeEverythingTo(upstream.port)
  const request = {
    method: 'GET',
    url: `https://${host}/`,
    headers: { authorization: 'Bearer canary' },
    allowPrivateNetwork: false,
  } as const
  const sending = transport.send(request, new AbortController().signal)
  const message = sending.then(
    () => 'sent',
    (error: unknown) => (error instanceof HubError ? `${error.code}: ${error.message}` : error),
  )
  return { upstream, sending, message }
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  setDefaultCACertificates(trusted)
})

describe('TLS', () => {
  test('a certificate that nobody vouches for is refused before anything is sent', async () => {
    const { upstream, message } = await sendTo('api.example', selfSignedCertificate('api.example'))
    expect(await message).toMatch(/^upstream_failed: .*api\.example.*not trusted.*NODE_EXTRA_CA/)
    expect(upstream.requests).toBe(0)
  })

  test('the environment cannot switch that off', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const { message } = await sendTo('api.example', selfSignedCertificate('api.example'))
    expect(await message).toContain('not trusted')
  })

  test('a trusted certificate is accepted for the name it is for, which the server is told', async () => {
    const certificate = selfSignedCertificate('api.example')
    setDefaultCACertificates([...trusted, certificate.cert])
    const { sending } = await sendTo('api.example', certificate)
    const { status, body } = await sending
    expect(status).toBe(200)
    expect(Buffer.from(await body.bytes(100)).toString()).toBe('api.example')
  })

  test('a trusted certificate for another name is refused', async () => {
    const certificate = selfSignedCertificate('api.example')
    setDefaultCACertificates([...trusted, certificate.cert])
    const { upstream, message } = await sendTo('other.example', certificate)
    expect(await message).toMatch(/other\.example.*for another name/)
    expect(upstream.requests).toBe(0)
  })

  test('an expired certificate is refused', async () => {
    const certificate = selfSignedCertificate('api.example', {
      from: new Date('2020-01-01'),
      until: new Date('2021-01-01'),
    })
    setDefaultCACertificates([...trusted, certificate.cert])
    expect(await (await sendTo('api.example', certificate)).message).toContain('has expired')
  })

  test('a server that speaks plain HTTP on the port is told apart', async () => {
    const upstream = await startUpstream((_, response) => response.end())
    const transport = createUndiciTransport()
    onTestFinished(async () => {
      await transport.close()
      await upstream.close()
    })
    const request = {
      method: 'GET',
      url: `https://127.0.0.1:${upstream.port}/`,
      headers: {},
      allowPrivateNetwork: true,
    } as const
    const sending = transport.send(request, new AbortController().signal)
    await expect(sending).rejects.toThrow('does not speak TLS')
  })
})
