import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FaultName, faultDescriptions } from './faults.ts'
import type { JsonObject } from './json.ts'
import { refusingUrl } from './server.ts'
import { createSimulator } from './simulator.ts'
import { chatBody, eventsOf } from './testing/chat-request.ts'
import { type Exchange, exchange, textOf } from './testing/http-exchange.ts'
import { hurriedClock } from './testing/hurried-clock.ts'

const { clock, waitedMs } = hurriedClock()
const simulator = createSimulator({ clock, seed: 3 })
let listening: Awaited<ReturnType<typeof simulator.listen>>
/** What a request gets when nothing goes wrong. */
let well: { whole: Exchange; stream: Exchange }

const question = chatBody('How do I add a provider?', {
  stream_options: { include_usage: true },
  stream: true,
})
const { stream_options: _options, stream: _stream, ...wholeQuestion } = question

const whole = () => exchange(listening.url, { body: wholeQuestion })
const stream = () => exchange(listening.url, { body: question })

function afterFault(fault: FaultName, ask = stream): Promise<Exchange> {
  simulator.script(fault)
  return ask()
}

beforeAll(async () => {
  listening = await simulator.listen()
  well = { whole: await whole(), stream: await stream() }
})
afterAll(() => listening.close())
beforeEach(async () => {
  // Whatever a test scripted is used up: the next request goes well.
  expect((await whole()).status).toBe(200)
})

const errorOf = (reply: Exchange) => (JSON.parse(textOf(reply)) as { error: JsonObject }).error
const usageOf = (reply: Exchange) => (JSON.parse(textOf(reply)) as JsonObject).usage

/** What a stream said, ids and times apart. */
function saidIn(reply: Exchange): unknown[] {
  return eventsOf(textOf(reply)).map(({ choices, usage }) => [choices, usage])
}

const bytesIn = ({ chunks }: Exchange) => Buffer.concat(chunks).length

/** How many chunks of a stream there are when nothing goes wrong. */
const wellChunks = () => well.stream.chunks.length

const noAnswer = { status: undefined, error: 'ECONNRESET' }

const observed: Record<FaultName, () => Promise<void>> = {
  none: async () => {
    expect(saidIn(await afterFault('none'))).toEqual(saidIn(well.stream))
  },

  'close-before-status': async () => {
    expect(await afterFault('close-before-status')).toMatchObject(noAnswer)
  },
  'reset-before-status': async () => {
    expect(await afterFault('reset-before-status')).toMatchObject(noAnswer)
  },
  'headers-never-come': async () => {
    simulator.script('headers-never-come')
    const left = simulator.nextAbort()
    const reply = await exchange(listening.url, { body: question, hangUpAfterBytes: 0 })
    expect(reply.status).toBeUndefined()
    expect(await left).toMatchObject({ state: 'aborted', chunksWritten: 0 })
  },

  'rate-limited': async () => {
    const reply = await afterFault('rate-limited')
    expect(reply).toMatchObject({ status: 429, headers: { 'retry-after': '2' } })
    expect(errorOf(reply)).toMatchObject({ type: 'requests', code: 'rate_limit_exceeded' })
  },
  'rate-limited-date': async () => {
    const reply = await afterFault('rate-limited-date')
    expect(reply.status).toBe(429)
    const date = Date.parse(String(reply.headers['retry-after']))
    expect(date - Date.parse(String(reply.headers.date))).toBe(30_000)
  },
  'rate-limited-silent': async () => {
    const reply = await afterFault('rate-limited-silent')
    expect(reply.status).toBe(429)
    expect(reply.headers).not.toHaveProperty('retry-after')
  },
  'rate-limited-absurd': async () => {
    const reply = await afterFault('rate-limited-absurd')
    expect(reply).toMatchObject({ status: 429, headers: { 'retry-after': '1000000000' } })
  },
  'quota-exhausted': async () => {
    const reply = await afterFault('quota-exhausted')
    expect(reply.status).toBe(429)
    expect(errorOf(reply)).toMatchObject({ type: 'insufficient_quota', code: 'insufficient_quota' })
  },
  'server-error': async () => {
    const reply = await afterFault('server-error')
    expect(reply.status).toBe(500)
    expect(errorOf(reply)).toMatchObject({ type: 'server_error' })
  },
  'bad-gateway': async () => {
    const reply = await afterFault('bad-gateway')
    expect(reply.status).toBe(502)
    expect(textOf(reply)).toContain('<html>')
  },
  unavailable: async () => {
    const reply = await afterFault('unavailable')
    expect(reply.status).toBe(503)
    expect(errorOf(reply)).toMatchObject({ code: 'server_is_overloaded' })
  },
  'gateway-timeout': async () => {
    const reply = await afterFault('gateway-timeout')
    expect(reply.status).toBe(504)
    expect(reply.headers['content-type']).toContain('text/html')
  },
  overloaded: async () => {
    expect((await afterFault('overloaded')).status).toBe(529)
  },
  unauthorized: async () => {
    const reply = await afterFault('unauthorized')
    expect(reply.status).toBe(401)
    expect(errorOf(reply)).toMatchObject({ code: 'invalid_api_key' })
  },
  forbidden: async () => {
    expect((await afterFault('forbidden')).status).toBe(403)
  },
  'context-length': async () => {
    const reply = await afterFault('context-length')
    expect(reply.status).toBe(400)
    expect(errorOf(reply)).toMatchObject({ code: 'context_length_exceeded' })
  },

  'error-in-200': async () => {
    const reply = await afterFault('error-in-200')
    expect(reply.status).toBe(200)
    expect(errorOf(reply)).toMatchObject({ type: 'server_error' })
  },
  'malformed-json': async () => {
    const reply = await afterFault('malformed-json', whole)
    expect(reply.status).toBe(200)
    expect(() => JSON.parse(textOf(reply))).toThrow(SyntaxError)
    const events = textOf(await afterFault('malformed-json'))
      .split('\n\n')
      .slice(0, -2)
    const broken = events.filter((event) => !isJson(event.replace('data: ', '')))
    expect(broken).toHaveLength(1)
    expect(events.length).toBe(wellChunks() - 1)
  },
  html: async () => {
    const reply = await afterFault('html')
    expect(reply).toMatchObject({ status: 200, headers: { 'content-type': /text\/html/ } })
    expect(textOf(reply)).toContain('<html>')
  },

  'close-mid-stream': async () => {
    const reply = await afterFault('close-mid-stream')
    expect(reply).toMatchObject({ status: 200, error: 'ECONNRESET' })
    expect(reply.chunks).toHaveLength(Math.ceil(wellChunks() / 2))
    const half = await afterFault('close-mid-stream', whole)
    expect(half).toMatchObject({ status: 200, error: 'ECONNRESET' })
    expect(bytesIn(half)).toBe(bytesIn(well.whole) >> 1)
  },
  'cut-mid-event': async () => {
    const reply = await afterFault('cut-mid-event')
    expect(reply.error).toBe('ECONNRESET')
    expect(textOf(reply)).toMatch(/\n\ndata: \{[^\n]+$/)
  },
  'reset-mid-stream': async () => {
    const reply = await afterFault('reset-mid-stream')
    expect(reply).toMatchObject({ status: 200, error: 'ECONNRESET' })
    expect(reply.chunks.length).toBeLessThanOrEqual(Math.ceil(wellChunks() / 2))
  },
  stall: async () => {
    simulator.script('stall')
    const left = simulator.nextAbort()
    const half = Math.ceil(wellChunks() / 2)
    const bytes = well.stream.chunks.slice(0, half).reduce((sum, { length }) => sum + length, 0)
    const reply = await exchange(listening.url, { body: question, hangUpAfterBytes: bytes })
    expect(reply.status).toBe(200)
    expect(await left).toMatchObject({ state: 'aborted', chunksWritten: half })
  },
  'ends-early': async () => {
    const reply = await afterFault('ends-early')
    expect(reply).toMatchObject({ status: 200, error: undefined })
    expect(reply.chunks).toHaveLength(Math.ceil(wellChunks() / 2))
    const half = await afterFault('ends-early', whole)
    expect(half.error).toBeUndefined()
    expect(isJson(textOf(half))).toBe(false)
  },
  'no-done': async () => {
    const reply = await afterFault('no-done')
    expect(reply.error).toBeUndefined()
    expect(textOf(reply)).not.toContain('[DONE]')
    expect(textOf(reply)).toContain('"finish_reason":"stop"')
  },
  'error-event': async () => {
    const reply = await afterFault('error-event')
    expect(reply).toMatchObject({ status: 200, error: undefined })
    const [last = ''] = textOf(reply).split('\n\n').slice(-2)
    expect(JSON.parse(last.replace('data: ', ''))).toMatchObject({
      error: { type: 'server_error' },
    })
    expect(textOf(reply)).not.toContain('[DONE]')
  },

  'overloaded-event': async () => {
    const reply = await afterFault('overloaded-event')
    expect(reply).toMatchObject({ status: 200, error: undefined })
    const [last = ''] = textOf(reply).split('\n\n').slice(-2)
    expect(JSON.parse(last.replace('data: ', ''))).toMatchObject({
      error: { code: 'server_is_overloaded' },
    })
  },

  'split-utf8': async () => {
    const reply = await afterFault('split-utf8')
    const continuing = reply.chunks.filter(([first = 0]) => (first & 0xc0) === 0x80)
    expect(continuing.length).toBeGreaterThan(10)
    expect(textOf(reply)).toContain('日本語')
    expect(textOf(reply)).not.toContain('\uFFFD')
  },
  crlf: async () => {
    const reply = await afterFault('crlf')
    const lines = textOf(reply).split('\r\n')
    expect(lines.join('')).not.toMatch(/[\r\n]/)
    expect(lines.filter((line) => line.startsWith('data: '))).toHaveLength(wellChunks())
    expect(reply.chunks.filter((chunk) => chunk.toString().startsWith('\n'))).not.toEqual([])
  },
  'huge-line': async () => {
    const lines = textOf(await afterFault('huge-line')).split('\n')
    expect(Math.max(...lines.map(({ length }) => length))).toBeGreaterThan(10 * 1024 * 1024)
  },
  comments: async () => {
    const text = textOf(await afterFault('comments'))
    expect(text.split('\n').filter((line) => line.startsWith(':'))).toHaveLength(2 * wellChunks())
    expect(text).toContain('\n\n\n')
  },
  'byte-order-mark': async () => {
    const [first] = (await afterFault('byte-order-mark')).chunks
    expect(first?.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
  },
  drip: async () => {
    const before = waitedMs()
    const reply = await afterFault('drip')
    expect(reply.chunks.every(({ length }) => length === 1)).toBe(true)
    expect(saidIn(reply)).toEqual(saidIn(well.stream))
    expect(waitedMs() - before).toBe(1000 * reply.chunks.length)
  },
  slow: async () => {
    const before = waitedMs()
    expect(saidIn(await afterFault('slow'))).toEqual(saidIn(well.stream))
    expect(waitedMs() - before).toBeGreaterThan(10_000)
    const beforeWhole = waitedMs()
    await afterFault('slow', whole)
    expect(waitedMs() - beforeWhole).toBe(10_000)
  },

  'no-usage': async () => {
    expect(usageOf(await afterFault('no-usage', whole))).toBeUndefined()
    const events = eventsOf(textOf(await afterFault('no-usage')))
    expect(events.every(({ usage }) => usage === null)).toBe(true)
  },
  'usage-negative': async () => {
    expect(usageOf(await afterFault('usage-negative', whole))).toMatchObject({
      prompt_tokens: -1_000_000,
      completion_tokens: -1_000_000,
    })
  },
  'usage-huge': async () => {
    const events = eventsOf(textOf(await afterFault('usage-huge')))
    expect(events.at(-1)?.usage).toMatchObject({ prompt_tokens: 1e18, completion_tokens: 1e18 })
  },
  'usage-text': async () => {
    expect(usageOf(await afterFault('usage-text', whole))).toMatchObject({
      prompt_tokens: '12',
      completion_tokens: '12',
    })
  },
  'usage-incomplete': async () => {
    expect(usageOf(await afterFault('usage-incomplete', whole))).toEqual({
      total_tokens: expect.any(Number),
    })
  },

  redirect: async () => {
    const reply = await afterFault('redirect')
    expect(reply).toMatchObject({ status: 307, headers: { location: '/redirected' } })
  },
  'gzip-bomb': async () => {
    const reply = await afterFault('gzip-bomb')
    const body = Buffer.concat(reply.chunks)
    expect(reply.headers['content-encoding']).toBe('gzip')
    expect(body.length).toBeLessThan(512 * 1024)
    expect(() => gunzipSync(body, { maxOutputLength: 64 * 1024 * 1024 })).toThrow(RangeError)
  },
  'wrong-encoding': async () => {
    const reply = await afterFault('wrong-encoding', whole)
    expect(reply.headers['content-encoding']).toBe('gzip')
    expect(isJson(textOf(reply))).toBe(true)
  },
  'content-length-too-long': async () => {
    const reply = await afterFault('content-length-too-long')
    expect(reply.error).toBe('ECONNRESET')
    expect(saidIn(reply)).toEqual(saidIn(well.stream))
  },
  'content-length-too-short': async () => {
    const reply = await afterFault('content-length-too-short', whole)
    expect(bytesIn(reply)).toBe(bytesIn(well.whole) >> 1)
  },
  'many-headers': async () => {
    const reply = await afterFault('many-headers')
    expect(Object.keys(reply.headers).length).toBeGreaterThan(100)
    expect(saidIn(reply)).toEqual(saidIn(well.stream))
  },
  'oversized-header': async () => {
    const reply = await afterFault('oversized-header')
    expect(reply.headers['x-filler']).toHaveLength(64 * 1024)
  },

  'flaky-30': async () => {
    const statuses = await statusesOf('flaky-30', 200)
    const failed = statuses.filter((status) => status === 500).length
    expect(failed).toBeGreaterThan(40)
    expect(failed).toBeLessThan(80)
    expect(statuses.filter((status) => status !== 500 && status !== 200)).toEqual([])
  },
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

async function statusesOf(model: string, count: number, seed = 3): Promise<number[]> {
  const { send } = createSimulator({ seed, keepRequests: 0 })
  const statuses: number[] = []
  for (let sent = 0; sent < count; sent++) {
    const { status } = await send(
      {
        method: 'POST',
        url: '/v1/chat/completions',
        headers: {},
        body: JSON.stringify(chatBody('hi', { model })),
      },
      new AbortController().signal,
    )
    statuses.push(status)
  }
  return statuses
}

describe('a fault, seen by a client', () => {
  test.for(Object.keys(observed) as FaultName[])('%s', async (name) => {
    await observed[name]()
  })
})

test('every fault says what it does', () => {
  expect(Object.values(faultDescriptions).filter((does) => !does.endsWith('.'))).toEqual([])
})

test('scripted faults come in order, one a request, and then nothing goes wrong', async () => {
  simulator.script(['server-error', 'none', 'unauthorized'])
  const statuses = [await whole(), await whole(), await whole(), await whole()]
  expect(statuses.map(({ status }) => status)).toEqual([500, 200, 401, 200])
})

test('flaky models fail in another order with another seed, and in the same with the same', async () => {
  expect(await statusesOf('flaky-30', 40, 1)).toEqual(await statusesOf('flaky-30', 40, 1))
  expect(await statusesOf('flaky-30', 40, 1)).not.toEqual(await statusesOf('flaky-30', 40, 2))
})

test('a model can be given a fault, one that exists and a new one', async () => {
  const faulty = createSimulator({ faults: { echo: 'server-error', leaky: 'no-usage' } })
  const { url, close } = await faulty.listen()
  const echo = await exchange(url, { body: chatBody('hi', { model: 'echo' }) })
  const leaky = await exchange(url, { body: chatBody('hi', { model: 'leaky' }) })
  expect(echo.status).toBe(500)
  expect(leaky.status).toBe(200)
  expect(usageOf(leaky)).toBeUndefined()
  const list = JSON.parse(textOf(await exchange(url, { method: 'GET', path: '/v1/models' })))
  expect(list.data.map(({ id }: { id: string }) => id)).toContain('leaky')
  await close()
})

test('fault models fail on every operation', async () => {
  for (const [path, body] of [
    ['/v1/embeddings', { model: 'error-429', input: 'x' }],
    ['/v1/images/generations', { model: 'error-429', prompt: 'x', size: '64x64' }],
  ] as const) {
    expect((await exchange(listening.url, { path, body })).status).toBe(429)
  }
})

test('a refusing address refuses', async () => {
  expect(await exchange(await refusingUrl())).toMatchObject({ error: 'ECONNREFUSED' })
})
