import { openAiImages } from '@aigne-hub/dialects'
import { jsonBody, sseKeepAlive } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { defaultDeadlines } from './ports.ts'
import { quiet } from './testing/fake-clock.ts'
import { done, finish, said } from './testing/frames.ts'
import { chunksOf, errorsIn, isComplete, pieces, saidIn, textOf } from './testing/replies.ts'
import { scriptedTransport, silence } from './testing/scripted-transport.ts'
import { askEcho, failureOf, lanes, setUp } from './testing/set-up.ts'

const { firstEventMs, firstEventReasoningMs, idleMs, totalMs, keepAliveMs } = defaultDeadlines

/** No comments: failures keep their status. */
const withoutComments = { deadlines: { keepAliveMs: totalMs * 2 } }

/** Reads a stream in the background. */
function reading(stream: AsyncIterable<Uint8Array | string>) {
  const seen = { text: '', isOver: false }
  const over = (async () => {
    for await (const piece of stream) seen.text += Buffer.from(piece)
    seen.isOver = true
  })()
  return { seen, over }
}

describe('a stream that does not begin', () => {
  test.each([
    ['in time', 'echo', firstEventMs, '60 s', {}],
    ['in the longer time of a model that thinks', 'reason', firstEventReasoningMs, '300 s', {}],
    [
      '(lmstudio#1, ollama#5) in the longer time of a server that loads models first',
      'echo',
      firstEventReasoningMs,
      '300 s',
      { slowStart: true },
    ],
  ])('%s is given up', async (_, model, limitMs, limit, quirks) => {
    const { router, simulator, clock, records } = setUp({
      ports: withoutComments,
      adapter: { quirks },
    })
    simulator.script('headers-never-come')
    const failing = failureOf(askEcho(router, { model: `sim/${model}`, stream: true }))
    await simulator.nextRequest()
    clock.advance(limitMs - 1)
    await quiet()
    expect(simulator.counters.open).toBe(1)
    clock.advance(1)
    expect((await simulator.nextAbort()).number).toBe(1)
    expect(await failing).toMatchObject({
      code: 'upstream_timeout',
      status: 504,
      message: `Simulator did not begin to answer within ${limit}. Try again, or choose another model.`,
      attempts: [{ code: 'upstream_timeout', durationMs: limitMs }],
    })
    expect(records).toMatchObject([{ status: 504, errorCode: 'upstream_timeout' }])
    expect(clock.pending).toBe(0)
  })

  test.each(lanes)('has not begun with comments and the start of an answer (%s)', async (lane) => {
    const { router, simulator, clock } = setUp({
      lane,
      simulator: { pace: 'manual' },
      ports: withoutComments,
    })
    simulator.script('comments')
    const failing = failureOf(askEcho(router, { stream: true }))
    await simulator.nextRequest()
    // Three pieces of the first event, which only says that an answer begins.
    simulator.release(3)
    await quiet()
    clock.advance(firstEventMs)
    expect((await failing).code).toBe('upstream_timeout')
  })
})

test.each(lanes)('a stream that falls silent ends with one error frame (%s)', async (lane) => {
  const { router, simulator, clock, records } = setUp({ lane })
  simulator.script('stall')
  const { seen, over } = reading(pieces(await askEcho(router, { stream: true })))
  await quiet()
  clock.advance(idleMs - 1)
  await quiet()
  expect(seen.isOver).toBe(false)
  clock.advance(1)
  await simulator.nextAbort()
  await over
  expect(saidIn(seen.text)).toContain('Tell')
  expect(errorsIn(seen.text)).toEqual(['upstream_timeout'])
  expect(chunksOf(seen.text).at(-1)?.error?.message).toContain('Simulator sent nothing for 60 s.')
  expect(records).toMatchObject([{ status: 504, attempts: [{ code: 'upstream_timeout' }] }])
  expect(clock.pending).toBe(0)
})

test('ideogram#9: a picture that takes too long is asked for once, and nobody is told to try again', async () => {
  const { router, simulator, clock } = setUp()
  simulator.script('headers-never-come')
  const body = jsonBody({ model: 'sim/image', prompt: 'A boat' })
  const failing = failureOf(router.route({ dialect: openAiImages, body }))
  await simulator.nextRequest()
  clock.advance(totalMs)
  const { code, retryable, message } = await failing
  expect({ code, retryable }).toEqual({ code: 'upstream_timeout', retryable: false })
  expect(message).toContain('billed')
  expect(simulator.counters.received).toBe(1)
})

test('a provider that forgets to end a complete answer is not waited for any longer', async () => {
  const transport = scriptedTransport([said('Once'), finish, done, silence])
  const { router, clock, records } = setUp({ adapter: { transport } })
  const { seen, over } = reading(pieces(await askEcho(router, { stream: true })))
  await quiet()
  clock.advance(idleMs)
  await over
  expect(isComplete(seen.text)).toBe(true)
  expect(records).toMatchObject([{ status: 200 }])
})

test('every chunk starts the time between chunks anew', async () => {
  const { router, simulator, clock } = setUp({ simulator: { pace: 'manual' } })
  const asking = askEcho(router, { stream: true })
  await simulator.nextRequest()
  simulator.release(2)
  const { seen, over } = reading(pieces(await asking))
  for (let chunk = 0; chunk < 5; chunk++) {
    clock.advance(idleMs - 1)
    simulator.release()
    await quiet()
  }
  expect(errorsIn(seen.text)).toEqual([])
  simulator.release(1000)
  await over
  expect(isComplete(seen.text)).toBe(true)
})

test('a caller who takes a long time to read is no silence of the provider', async () => {
  const { router, clock, records } = setUp()
  const stream = pieces(await askEcho(router, { stream: true }))
  await stream.next()
  clock.advance(idleMs * 3)
  await quiet()
  const { seen, over } = reading(stream)
  await over
  expect(isComplete(seen.text)).toBe(true)
  expect(records).toMatchObject([{ status: 200 }])
})

test('a stream that goes on and on is ended', async () => {
  const { router, simulator, clock, records } = setUp({
    ports: { deadlines: { firstEventMs: 1_000_000, totalMs: 1_000_000 } },
  })
  simulator.script('drip')
  const text = await clock.during(askEcho(router, { stream: true }).then(textOf))
  expect(saidIn(text)).toContain('Tell')
  expect(chunksOf(text).at(-1)?.error).toMatchObject({
    code: 'upstream_timeout',
    message: expect.stringContaining('Simulator did not finish within 1000 s.'),
  })
  expect(records).toMatchObject([{ durationMs: 1_000_000 }])
})

test('a whole answer has the total time, and no more', async () => {
  const { router, simulator, clock } = setUp()
  simulator.script('headers-never-come')
  const failing = failureOf(askEcho(router))
  await simulator.nextRequest()
  clock.advance(totalMs - 1)
  await quiet()
  expect(simulator.counters.open).toBe(1)
  clock.advance(1)
  await simulator.nextAbort()
  expect(await failing).toMatchObject({
    code: 'upstream_timeout',
    message: expect.stringContaining('Simulator did not finish within 600 s.'),
  })
})

describe('a caller who waits for a stream to begin', () => {
  /** A call whose provider holds back until told otherwise, and whose caller has been sent a sign. */
  async function late(lane: (typeof lanes)[number] = 'relay') {
    const all = setUp({ lane, simulator: { pace: 'manual' } })
    const asking = askEcho(all.router, { stream: true }, { requestId: 'req_5' })
    await all.simulator.nextRequest()
    all.clock.advance(keepAliveMs)
    const reply = await asking
    return { ...all, reply, stream: pieces(reply) }
  }

  test('is told nothing before the time of a comment', async () => {
    const { router, simulator, clock } = setUp({ simulator: { pace: 'manual' } })
    let isAnswered = false
    const asking = askEcho(router, { stream: true }).then((reply) => {
      isAnswered = true
      return textOf(reply)
    })
    await simulator.nextRequest()
    clock.advance(keepAliveMs - 1)
    await quiet()
    expect(isAnswered).toBe(false)
    simulator.release(1000)
    expect(await asking).not.toContain(sseKeepAlive)
  })

  test.each(lanes)('gets 200, comments, and later the answer (%s)', async (lane) => {
    const { reply, stream, clock, simulator, records } = await late(lane)
    expect(reply.status).toBe(200)
    expect(reply.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    const { seen, over } = reading(stream)
    await quiet()
    expect(seen.text).toBe(sseKeepAlive)
    clock.advance(keepAliveMs)
    await quiet()
    expect(seen.text).toBe(sseKeepAlive.repeat(2))
    simulator.release(1000)
    await over
    expect(seen.text.startsWith(`${sseKeepAlive.repeat(2)}data: `)).toBe(true)
    expect(saidIn(seen.text)).toContain('of the sea')
    expect(isComplete(seen.text)).toBe(true)
    expect(records).toMatchObject([{ status: 200, attempts: [{ status: 200 }] }])
    expect(clock.pending).toBe(0)
  })

  test.each(lanes)('gets one error frame when it fails after all (%s)', async (lane) => {
    const { router, simulator, clock, records } = setUp({ lane })
    simulator.script('headers-never-come')
    const asking = askEcho(router, { stream: true }, { requestId: 'req_5' })
    const text = await clock.during(asking.then(textOf))
    expect(text.startsWith(sseKeepAlive.repeat(firstEventMs / keepAliveMs - 1))).toBe(true)
    expect(errorsIn(text)).toEqual(['upstream_timeout'])
    expect(chunksOf(text).at(-1)?.error?.request_id).toBe('req_5')
    expect(isComplete(text)).toBe(false)
    expect(records).toMatchObject([{ status: 504, errorCode: 'upstream_timeout' }])
    expect(clock.pending).toBe(0)
  })

  test('may be slow to read while it fails: no rejection is left unhandled', async () => {
    const unhandled: unknown[] = []
    const listener = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', listener)
    const { stream, clock, simulator } = await late()
    await stream.next()
    clock.advance(firstEventMs)
    await simulator.nextAbort()
    await quiet()
    await quiet()
    process.off('unhandledRejection', listener)
    expect(unhandled).toEqual([])
    const { seen, over } = reading(stream)
    await over
    expect(errorsIn(seen.text)).toEqual(['upstream_timeout'])
  })

  test('closes the connection by leaving', async () => {
    const { stream, simulator, records, clock } = await late()
    await stream.next()
    await stream.return()
    expect((await simulator.nextAbort()).chunksWritten).toBe(0)
    expect(records).toMatchObject([
      { status: 499, errorCode: 'client_closed', attempts: [{ code: 'client_closed' }] },
    ])
    expect(clock.pending).toBe(0)
  })

  test('closes the connection by leaving before the first comment', async () => {
    const { stream, simulator, records, clock } = await late()
    await stream.return()
    await simulator.nextAbort()
    expect(records).toMatchObject([{ status: 499, errorCode: 'client_closed' }])
    expect(clock.pending).toBe(0)
  })

  test('closes the connection by leaving just when the answer begins', async () => {
    const { stream, simulator, records, clock } = await late()
    await stream.next()
    simulator.release(2)
    await quiet()
    await stream.return()
    await simulator.nextAbort()
    expect(records).toMatchObject([
      { status: 499, errorCode: 'client_closed', attempts: [{ status: 200 }] },
    ])
    expect(clock.pending).toBe(0)
  })
})
