import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { FaultName } from './faults.ts'
import type { SimulatorResponse } from './in-process.ts'
import type { JsonObject } from './json.ts'
import { ConnectionLost } from './player.ts'
import type { Listening } from './server.ts'
import { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'
import { chatBody, eventsOf } from './testing/chat-request.ts'
import { exchange, textOf } from './testing/http-exchange.ts'
import { hurriedClock } from './testing/hurried-clock.ts'

const opened: Listening[] = []
async function listening(simulator: Simulator): Promise<string> {
  const one = await simulator.listen()
  opened.push(one)
  return one.url
}
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const everLasting = new AbortController().signal

function send(simulator: Simulator, body: JsonObject, signal = everLasting) {
  return simulator.send(
    {
      method: 'POST',
      url: 'http://sim.local/v1/chat/completions?x=1',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    },
    signal,
  )
}

async function piecesOf(response: SimulatorResponse) {
  const pieces: Buffer[] = []
  let error: unknown
  try {
    for await (const piece of response.body) pieces.push(Buffer.from(piece))
  } catch (thrown) {
    error = thrown
  }
  return { pieces, error }
}

const streamed = (content: string, more: JsonObject = {}) =>
  chatBody(content, { stream: true, ...more })

// ── The same over a socket and in process ───────────────────────────────────────────────────────

const playable: FaultName[] = [
  'none',
  'rate-limited-date',
  'bad-gateway',
  'error-in-200',
  'malformed-json',
  'html',
  'close-mid-stream',
  'cut-mid-event',
  'ends-early',
  'no-done',
  'error-event',
  'split-utf8',
  'crlf',
  'comments',
  'byte-order-mark',
  'slow',
  'no-usage',
  'usage-huge',
  'redirect',
  'gzip-bomb',
  'wrong-encoding',
  'many-headers',
]

describe.each([
  ['whole', chatBody('Grüße, 世界')],
  ['streamed', streamed('Grüße, 世界', { n: 2, stream_options: { include_usage: true } })],
])('%s: the same bytes and headers over a socket and in process', (_name, body) => {
  test.for(playable)('%s', async (fault) => {
    const options = () => ({ seed: 11, clock: hurriedClock().clock })
    const [first, second] = [createSimulator(options()), createSimulator(options())]
    first.script(fault)
    second.script(fault)
    const overSocket = await exchange(await listening(first), { body })
    const response = await send(second, body)
    const { pieces, error } = await piecesOf(response)
    expect(Buffer.concat(pieces)).toEqual(Buffer.concat(overSocket.chunks))
    const { connection: _, 'transfer-encoding': __, ...headers } = overSocket.headers
    expect(response.status).toBe(overSocket.status)
    expect(response.headers).toEqual(headers)
    expect(error instanceof ConnectionLost).toBe(overSocket.error !== undefined)
  })
})

test('the same seed gives the same bytes, another seed others', async () => {
  const bytes = async (seed: number) => {
    const simulator = createSimulator({ seed, clock: hurriedClock().clock })
    const replies = [
      await send(simulator, chatBody('hi')),
      await send(simulator, streamed('Why?', { model: 'reason' })),
    ]
    return Promise.all(replies.map(({ body }) => body.bytes(1e6)))
  }
  expect(await bytes(1)).toEqual(await bytes(1))
  expect(await bytes(1)).not.toEqual(await bytes(2))
})

test('every request has an id of its own', async () => {
  const simulator = createSimulator()
  const first = await send(simulator, chatBody('hi'))
  const second = await send(simulator, chatBody('hi'))
  expect(first.headers['x-request-id']).not.toBe(second.headers['x-request-id'])
})

test('several requests over one connection are answered in order', async () => {
  const url = await listening(createSimulator())
  const texts = await Promise.all(
    ['one', 'two', 'three'].map(async (content) => {
      const body = JSON.stringify(chatBody(content, { model: 'echo', stream: true }))
      const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body })
      const events = eventsOf(await response.text())
      return events
        .map(
          ({ choices }) => (choices as { delta: { content?: string } }[])[0]?.delta.content ?? '',
        )
        .join('')
    }),
  )
  expect(texts).toEqual(['one', 'two', 'three'])
})

// ── In process ──────────────────────────────────────────────────────────────────────────────────

const reason = new Error('enough')

test.each<[string, FaultName, JsonObject]>([
  ['before the head', 'headers-never-come', chatBody('hi')],
  ['during a wait', 'slow', chatBody('hi')],
])('an abort %s rejects with its reason at once', async (_name, fault, body) => {
  const simulator = createSimulator()
  simulator.script(fault)
  const controller = new AbortController()
  const answering = send(simulator, body, controller.signal)
  controller.abort(reason)
  await expect(answering).rejects.toBe(reason)
  expect(await simulator.nextAbort()).toMatchObject({ state: 'aborted', chunksWritten: 0 })
})

test('an abort while the next chunk is awaited rejects with its reason, and nothing more comes', async () => {
  const simulator = createSimulator({ pace: 'manual' })
  const controller = new AbortController()
  const { body } = await send(simulator, streamed('one two'), controller.signal)
  const chunks = body[Symbol.asyncIterator]()
  simulator.release(2)
  await chunks.next()
  await chunks.next()
  const third = chunks.next()
  controller.abort(reason)
  await expect(third).rejects.toBe(reason)
  simulator.release(10)
  expect((await chunks.next()).done).toBe(true)
  expect(await simulator.nextAbort()).toMatchObject({ chunksWritten: 2 })
})

test('a signal that is aborted already sends nothing', async () => {
  const simulator = createSimulator()
  await expect(send(simulator, chatBody('hi'), AbortSignal.abort(reason))).rejects.toBe(reason)
  expect(simulator.counters.received).toBe(0)
})

test('leaving the iteration hangs up', async () => {
  const simulator = createSimulator()
  const { body } = await send(simulator, streamed('hi'))
  for await (const _ of body) break
  expect(await simulator.nextAbort()).toMatchObject({ chunksWritten: 1 })
  expect(simulator.counters).toMatchObject({ open: 0, aborted: 1 })
})

test('bytes gives the whole body, and rejects when it is too large', async () => {
  const simulator = createSimulator()
  const { headers, body } = await send(simulator, chatBody('hi'))
  expect((await body.bytes(1e6)).length).toBe(Number(headers['content-length']))
  const again = await send(simulator, chatBody('hi'))
  await expect(again.body.bytes(10)).rejects.toThrow('larger than 10 bytes')
})

test('a body is read once', async () => {
  const { body } = await send(createSimulator(), chatBody('hi'))
  await body.bytes(1e6)
  await expect(body.bytes(1e6)).rejects.toThrow('only once')
})

test('a lost connection is thrown as the caller wants it', async () => {
  const simulator = createSimulator({ lost: (cause) => new Error('gone', { cause }) })
  simulator.script(['reset-before-status', 'close-mid-stream'])
  await expect(send(simulator, chatBody('hi'))).rejects.toMatchObject({
    message: 'gone',
    cause: { code: 'ECONNRESET', ending: 'reset' },
  })
  const { body } = await send(simulator, streamed('hi'))
  await expect(body.bytes(1e6)).rejects.toThrow('gone')
  expect(simulator.counters).toMatchObject({ cut: 2, open: 0 })
})

// ── Over a socket ───────────────────────────────────────────────────────────────────────────────

test('chunks go one by one as they are released, and a hang-up stops them', async () => {
  const simulator = createSimulator({ pace: 'manual' })
  const url = await listening(simulator)
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(streamed('one two three', { model: 'echo' })),
  })
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  const next = async () => {
    simulator.release()
    return decoder.decode((await reader?.read())?.value)
  }
  expect(await next()).toContain('"role":"assistant"')
  expect(await next()).toContain('"content":"one"')
  expect(simulator.counters).toMatchObject({ open: 1, connections: 1 })
  await reader?.cancel()
  expect(await simulator.nextAbort()).toMatchObject({ state: 'aborted', chunksWritten: 2 })
  expect(simulator.counters).toMatchObject({ open: 0, aborted: 1 })
})

test('a client that leaves a stream of the SDK is seen', async () => {
  const simulator = createSimulator({ pace: 'manual' })
  const url = await listening(simulator)
  simulator.release(4)
  const leaving = exchange(url, { body: streamed('hi'), hangUpAfterBytes: 1 })
  const [left] = await Promise.all([simulator.nextAbort(), leaving])
  expect(left.chunksWritten).toBeLessThanOrEqual(4)
})

test('a pace in tokens waits for every token of a stream, and for nothing else', async () => {
  const { clock, waitedMs } = hurriedClock()
  const simulator = createSimulator({ clock, pace: { tokensPerSecond: 50 } })
  const url = await listening(simulator)
  await exchange(url, { body: chatBody('one two three', { model: 'echo' }) })
  expect(waitedMs()).toBe(0)
  const reply = await exchange(url, { body: streamed('one two three', { model: 'echo' }) })
  expect(eventsOf(textOf(reply))).toHaveLength(5)
  expect(waitedMs()).toBe(3 * 20)
})

test('a client that does not read is not written to without end', async () => {
  const simulator = createSimulator()
  const url = await listening(simulator)
  const text = ' word'.repeat(100_000)
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(streamed(text, { model: 'echo' })),
  })
  const request = await simulator.nextRequest()
  // The kernel's buffers fill up within some turns; what is written then must stop for good.
  let written = -1
  for (let still = 0; still < 200; ) {
    await nextTurn()
    still = request.chunksWritten === written ? still + 1 : 0
    written = request.chunksWritten
  }
  expect(request.state).toBe('open')
  expect(written).toBeLessThan(100_000)
  expect(eventsOf(await response.text())).toHaveLength(100_002)
  expect(request.state).toBe('complete')
})

test('more than a model can hold is refused, and all answers together are no longer', async () => {
  const simulator = createSimulator()
  const long = 'word '.repeat(200_000)
  const refused = await send(simulator, chatBody(long, { model: 'echo' }))
  expect(refused.status).toBe(400)
  expect(JSON.parse(Buffer.from(await refused.body.bytes(1e6)).toString())).toMatchObject({
    error: { code: 'context_length_exceeded', param: 'messages' },
  })
  const body = chatBody(long.slice(0, 100_000), { model: 'echo', n: 128 })
  const many = await send(simulator, body)
  const { choices, usage } = JSON.parse(Buffer.from(await many.body.bytes(1e8)).toString())
  expect(choices).toHaveLength(128)
  expect(choices[127].finish_reason).toBe('length')
  expect(usage.completion_tokens).toBeLessThan(200_000)
})

test.each(['__proto__', 'constructor', 'nobody'])('the role %s is refused', async (role) => {
  const messages = [{ role, content: 'hi' }]
  expect((await send(createSimulator(), { model: 'chat', messages })).status).toBe(400)
})

test('closing breaks off what is open and frees the port', async () => {
  const simulator = createSimulator()
  const server = await simulator.listen()
  simulator.script('headers-never-come')
  const reply = exchange(server.url, { body: chatBody('hi') })
  await simulator.nextRequest()
  await server.close()
  expect((await reply).error).toBe('ECONNRESET')
  const again = await simulator.listen({ port: server.port })
  await again.close()
  expect(again.port).toBe(server.port)
})

// ── What it remembers ───────────────────────────────────────────────────────────────────────────

test('requests are remembered as they arrived, the latest only', async () => {
  const simulator = createSimulator({ keepRequests: 2 })
  for (const content of ['one', 'two', 'three']) {
    const { body } = await send(simulator, chatBody(content))
    await body.bytes(1e6)
  }
  expect(simulator.requests).toMatchObject([{ number: 2 }, { number: 3 }])
  expect(simulator.requests[1]).toEqual({
    number: 3,
    method: 'POST',
    path: '/v1/chat/completions?x=1',
    headers: { 'content-type': 'application/json' },
    body: chatBody('three'),
    state: 'complete',
    chunksWritten: 1,
  })
  expect(simulator.counters).toMatchObject({ received: 3, complete: 3, open: 0 })
})

test.each<[string, SimulatorOptions]>([
  ['a pace of zero', { pace: { tokensPerSecond: 0 } }],
  ['a pace that is no number', { pace: { tokensPerSecond: Number.NaN } }],
])('%s is refused', (_name, options) => {
  expect(() => createSimulator(options)).toThrow(RangeError)
})
