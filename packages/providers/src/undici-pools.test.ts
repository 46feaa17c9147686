import type { ServerResponse } from 'node:http'
import type { TransportRequest } from '@aigne-hub/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream } from './testing/upstream.ts'
import { createUndiciTransport } from './undici-transport.ts'

const never = new AbortController().signal

test('connections to hosts that nobody asks any more are given up, those in use are not', async () => {
  const held: ServerResponse[] = []
  const upstream = await startUpstream(({ url }, response) => {
    if (url === '/held') held.push(response.writeHead(200))
    response.write('sound')
    if (url !== '/held') response.end()
  })
  const lookup = async () => [{ address: '127.0.0.1', family: 4 }]
  const transport = createUndiciTransport({ lookup })
  onTestFinished(async () => {
    await transport.close()
    await upstream.close()
  })
  const ask = (name: string, path: string) => {
    const url = `http://${name}.example:${upstream.port}${path}`
    const request: TransportRequest = { method: 'GET', url, headers: {}, allowPrivateNetwork: true }
    return transport.send(request, never)
  }
  const { body } = await ask('held', '/held')
  for (let host = 0; host < 450; host++) {
    const answer = await ask(`host-${host}`, '/')
    await answer.body.bytes(100)
  }
  await expect
    .poll(() => upstream.connections.filter(({ destroyed }) => !destroyed).length)
    .toBeLessThan(250)
  held[0]?.end(' and whole')
  expect(Buffer.from(await body.bytes(100)).toString()).toBe('sound and whole')
  const again = await ask('host-0', '/')
  expect(Buffer.from(await again.body.bytes(100)).toString()).toBe('sound')
})
