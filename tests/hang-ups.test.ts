// Callers who leave in the middle of a stream leave nothing behind but a record.
import { readdirSync } from 'node:fs'
import { createSimulator, type Simulator } from '@aigne-hub/simulator'
import { openStore, type Store } from '@aigne-hub/store'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { adminKey, discard, startHub } from './hub.ts'
import { scale } from './scale.ts'
import { openWire } from './wire.ts'

const atOnce = 20
const words = 'one two three four five six seven eight nine ten eleven twelve'

const bodyFor = (model: string, stream = true) =>
  JSON.stringify({ model, messages: [{ role: 'user', content: words }], stream })

function callFor(model: string, stream?: boolean): string {
  const body = bodyFor(model, stream)
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer ${adminKey}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

async function hubOver(upstream: Simulator) {
  const server = await upstream.listen()
  onTestFinished(() => server.close())
  const hub = await startHub({
    file: `providers: [{ id: slow, baseUrl: "${server.url}/v1", allowPrivateNetwork: true }]\n`,
  })
  onTestFinished(() => discard(hub))
  return {
    hub,
    /** Files and sockets it has open. */
    handles: () => readdirSync(`/proc/${hub.process.pid}/fd`).length,
    async records(): Promise<Store['requests']> {
      expect(await hub.stop()).toBe(0)
      const store = await openStore({ dataDir: hub.dataDir })
      onTestFinished(() => store.close())
      return store.requests
    },
  }
}

interface Leaving {
  /** Chunks of text to wait for. */
  chunks: number
  how: 'end' | 'destroy' | 'reset'
}

/** Begins a stream and leaves after so many chunks. Answers with the request's id. */
async function leave(url: string, { chunks, how }: Leaving): Promise<string> {
  const wire = openWire(url)
  let text = ''
  const enough = new Promise<void>((resolve) => {
    wire.socket.on('data', (piece) => {
      text += piece.toString()
      if (text.split('"content":"').length > chunks) resolve()
    })
  })
  wire.send(callFor('slow/echo'))
  await enough
  expect(text).not.toContain('[DONE]')
  if (how === 'reset') wire.socket.resetAndDestroy()
  else if (how === 'end') wire.socket.end()
  else wire.socket.destroy()
  await wire.closed
  return /x-request-id: (\S+)/.exec(text)?.[1] ?? ''
}

const leaving = fc.record({
  chunks: fc.integer({ min: 1, max: 8 }),
  how: fc.constantFrom<Leaving['how']>('end', 'destroy', 'reset'),
})

test.skipIf(process.platform !== 'linux')(
  `${scale.hangUps} callers who leave a stream half-way are recorded, and everything is closed`,
  async () => {
    const upstream = createSimulator({
      pace: { tokensPerSecond: 200 },
      keepRequests: scale.hangUps,
    })
    const { hub, handles, records } = await hubOver(upstream)
    // What is opened once for all is open from here on.
    const answers = Array.from({ length: atOnce }, () =>
      fetch(`${hub.baseURL}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
        body: bodyFor('slow/echo'),
      }).then((response) => response.text()),
    )
    expect((await Promise.all(answers)).every((text) => text.endsWith('[DONE]\n\n'))).toBe(true)
    const baseline = handles()

    const seed = Date.now()
    const leavings = fc.sample(leaving, { numRuns: scale.hangUps, seed })
    const ids: string[] = []
    const callers = Array.from({ length: atOnce }, async () => {
      for (let next = leavings.pop(); next; next = leavings.pop()) {
        ids.push(await leave(hub.url, next))
        await upstream.nextAbort()
      }
    })
    await Promise.all(callers)

    expect(new Set(ids).size).toBe(scale.hangUps)
    expect(upstream.counters).toMatchObject({ open: 0, aborted: scale.hangUps })
    await expect
      .poll(() => upstream.counters.connections, { timeout: 20_000 })
      .toBeLessThanOrEqual(atOnce)
    await expect.poll(handles, { timeout: 20_000 }).toBeLessThanOrEqual(baseline)
    const requests = await records()
    const found = await Promise.all(ids.map((id) => requests.find(id)))
    const wrong = found.filter((record) => record?.status !== 499)
    expect({ seed, wrong }).toEqual({ seed, wrong: [] })
    expect(found[0]).toMatchObject({
      errorCode: 'client_closed',
      provider: 'slow',
      stream: true,
      usage: { estimated: true },
    })
    expect(hub.log()).not.toMatch(/"level":[56]0|Warning|nhandled/)
  },
  30_000 + scale.hangUps * 50,
)

test('callers who leave before the first chunk, or a whole answer, are recorded too', async () => {
  const upstream = createSimulator({ pace: 'manual' })
  const { hub, records } = await hubOver(upstream)
  for (const text of [
    callFor('slow/echo'),
    callFor('slow/timeout'),
    callFor('slow/timeout', false),
  ]) {
    const wire = openWire(hub.url)
    wire.send(text)
    await upstream.nextRequest()
    wire.socket.destroy()
    await upstream.nextAbort()
  }
  expect(upstream.counters).toMatchObject({ open: 0, aborted: 3 })
  const recorded = await (await records()).list({ limit: 10 })
  expect(recorded.map(({ status, errorCode }) => ({ status, errorCode }))).toEqual(
    Array(3).fill({ status: 499, errorCode: 'client_closed' }),
  )
})

test('callers who leave while their call waits behind another one on the connection do not stay', async () => {
  const upstream = createSimulator({ pace: 'manual' })
  const { hub, records } = await hubOver(upstream)
  const wire = openWire(hub.url)
  wire.send(callFor('slow/echo') + callFor('slow/echo'))
  await upstream.nextRequest()
  await upstream.nextRequest()
  wire.socket.destroy()
  await upstream.nextAbort()
  await upstream.nextAbort()
  const recorded = await (await records()).list({ limit: 10 })
  expect(recorded.map(({ status }) => status)).toEqual([499, 499])
})
