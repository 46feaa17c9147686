import { getEventListeners } from 'node:events'
import { HubError } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { quiet } from './testing/fake-clock.ts'
import { done, finish, said } from './testing/frames.ts'
import { chunksOf, errorsIn, pieces, textOf } from './testing/replies.ts'
import { scriptedTransport, silence } from './testing/scripted-transport.ts'
import { askEcho, failureOf, lanes, setUp } from './testing/set-up.ts'

describe('a caller who hangs up', () => {
  /** A call whose provider sends one chunk at a time, and whose caller can hang up. */
  function call(lane: (typeof lanes)[number] = 'relay') {
    const hangUp = new AbortController()
    const all = setUp({ lane, simulator: { pace: 'manual' } })
    const asking = askEcho(all.router, { stream: true }, { signal: hangUp.signal })
    return { ...all, asking, hangUp }
  }

  test('before the first event closes the connection', async () => {
    const { asking, hangUp, simulator, records, clock } = call()
    const failing = failureOf(asking)
    await simulator.nextRequest()
    hangUp.abort()
    expect((await simulator.nextAbort()).chunksWritten).toBe(0)
    expect((await failing).code).toBe('client_closed')
    expect(records).toMatchObject([
      { status: 499, errorCode: 'client_closed', attempts: [{ code: 'client_closed' }] },
    ])
    expect(clock.pending).toBe(0)
  })

  test('while a whole answer is waited for closes the connection', async () => {
    const hangUp = new AbortController()
    const { router, simulator, records } = setUp()
    simulator.script('headers-never-come')
    const failing = failureOf(askEcho(router, {}, { signal: hangUp.signal }))
    await simulator.nextRequest()
    hangUp.abort()
    await simulator.nextAbort()
    expect((await failing).status).toBe(499)
    expect(records).toMatchObject([{ status: 499, usage: { output: 0 } }])
  })

  test.each(lanes)(
    'in the middle closes the connection before its next chunk (%s)',
    async (lane) => {
      const { asking, hangUp, simulator, records, clock } = call(lane)
      await simulator.nextRequest()
      simulator.release(3)
      const reply = await asking
      const reading = textOf(reply)
      await quiet()
      hangUp.abort()
      // Were it still open, it would take this one.
      simulator.release()
      expect((await simulator.nextAbort()).chunksWritten).toBe(3)
      expect(errorsIn(await reading)).toEqual(['client_closed'])
      expect(records).toMatchObject([
        { status: 499, errorCode: 'client_closed', usage: { estimated: true } },
      ])
      expect(clock.pending).toBe(0)
    },
  )

  test('without reading any further closes the connection all the same', async () => {
    const { asking, hangUp, simulator } = call()
    await simulator.nextRequest()
    simulator.release(3)
    await asking
    hangUp.abort()
    expect((await simulator.nextAbort()).state).toBe('aborted')
  })

  test('between the last event and the end of the answer never had the end', async () => {
    const hangUp = new AbortController()
    const transport = scriptedTransport([said('Once'), finish, done, silence])
    const { router, records } = setUp({ adapter: { transport } })
    const reading = textOf(await askEcho(router, { stream: true }, { signal: hangUp.signal }))
    await quiet()
    hangUp.abort()
    expect(errorsIn(await reading)).toEqual(['client_closed'])
    expect(records).toMatchObject([{ status: 499, errorCode: 'client_closed' }])
  })

  test('before the call reaches nobody', async () => {
    const { router, simulator, records } = setUp()
    const error = await failureOf(askEcho(router, {}, { signal: AbortSignal.abort() }))
    expect(error.code).toBe('client_closed')
    expect(simulator.counters.received).toBe(0)
    expect(records).toMatchObject([{ status: 499 }])
  })

  test('by leaving the stream closes the connection, and leaving ends once that is recorded', async () => {
    const { asking, simulator, records, clock } = call()
    await simulator.nextRequest()
    simulator.release(3)
    const stream = pieces(await asking)
    await stream.next()
    await stream.return()
    expect(simulator.counters.aborted).toBe(1)
    expect(records).toMatchObject([{ status: 499, errorCode: 'client_closed' }])
    expect(clock.pending).toBe(0)
  })

  test('by leaving the stream before its first piece does the same', async () => {
    const { asking, simulator, records, clock } = call()
    await simulator.nextRequest()
    simulator.release(3)
    await pieces(await asking).return()
    expect(simulator.counters.aborted).toBe(1)
    expect(records).toMatchObject([{ status: 499, errorCode: 'client_closed' }])
    expect(clock.pending).toBe(0)
  })

  test('by failing to read is no failure of the hub', async () => {
    const { asking, records, simulator } = call()
    await simulator.nextRequest()
    simulator.release(3)
    const stream = pieces(await asking)
    await stream.next()
    const cause = new Error('The socket is gone.')
    await expect(stream.throw(cause)).rejects.toBe(cause)
    expect(records).toMatchObject([{ status: 499, errorCode: 'client_closed' }])
  })
})

describe('a signal aborted with an error of ours', () => {
  const restarting = () => new HubError('shutting_down', 'The hub is restarting.')

  test('makes the call fail with that error', async () => {
    const hangUp = new AbortController()
    const { router, simulator, records } = setUp({ simulator: { pace: 'manual' } })
    const reason = restarting()
    const failing = failureOf(askEcho(router, { stream: true }, { signal: hangUp.signal }))
    await simulator.nextRequest()
    hangUp.abort(reason)
    await simulator.nextAbort()
    expect(await failing).toBe(reason)
    expect(reason.attempts).toMatchObject([{ provider: 'sim', code: 'shutting_down' }])
    expect(records).toMatchObject([{ status: 503, errorCode: 'shutting_down' }])
  })

  test.each(lanes)('ends a stream with that error (%s)', async (lane) => {
    const hangUp = new AbortController()
    const { router, simulator, records } = setUp({ lane, simulator: { pace: 'manual' } })
    const asking = askEcho(router, { stream: true }, { signal: hangUp.signal })
    await simulator.nextRequest()
    simulator.release(3)
    const reading = textOf(await asking)
    await quiet()
    hangUp.abort(restarting())
    expect(chunksOf(await reading).at(-1)?.error).toMatchObject({
      code: 'shutting_down',
      message: 'The hub is restarting.',
    })
    expect(records).toMatchObject([{ status: 503, errorCode: 'shutting_down' }])
  })

  test('shared by many calls gives each record its own attempt', async () => {
    const hangUp = new AbortController()
    const { router, simulator, records } = setUp({ simulator: { pace: 'manual' } })
    const models = ['echo', 'chat', 'reason']
    const failing = models.map((model) =>
      failureOf(
        askEcho(router, { model: `sim/${model}`, stream: true }, { signal: hangUp.signal }),
      ),
    )
    for (const _ of models) await simulator.nextRequest()
    hangUp.abort(restarting())
    await Promise.all(failing)
    expect(records.map(({ attempts }) => attempts.map(({ model }) => model))).toEqual(
      models.map((model) => [model]),
    )
  })
})

test('a signal that is used for many calls keeps none of their listeners', async () => {
  const { signal } = new AbortController()
  const { router, simulator } = setUp()
  for (let call = 0; call < 20; call++) {
    simulator.script(['none', 'server-error', 'none', 'close-mid-stream', 'none'])
    await askEcho(router, {}, { signal })
    await failureOf(askEcho(router, {}, { signal }))
    await textOf(await askEcho(router, { stream: true }, { signal }))
    await textOf(await askEcho(router, { stream: true }, { signal }))
    await pieces(await askEcho(router, { stream: true }, { signal })).return()
    await failureOf(askEcho(router, { model: 'unknown' }, { signal }))
  }
  expect(simulator.counters.received).toBe(100)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
