import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { createCallsInFlight } from './calls-in-flight.ts'

const connection = () => new EventEmitter()

test('whoever waits for the end of the calls waits for the last one', async () => {
  const calls = createCallsInFlight()
  const [first, second] = [calls.begin(connection()), calls.begin(connection())]
  const ends: string[] = []
  const ended = calls.ended().then(() => ends.push('all'))
  first.handled()
  first.out()
  await Promise.resolve()
  ends.push('first')
  second.out()
  second.handled()
  await ended
  expect(ends).toEqual(['first', 'all'])
  expect(calls.size).toBe(0)
})

test('without calls there is nothing to wait for', async () => {
  const calls = createCallsInFlight()
  await calls.ended()
  const call = calls.begin(connection())
  call.hangUp()
  expect(calls.size).toBe(1)
  call.handled()
  await calls.ended()
  expect(calls.size).toBe(0)
})

test('calls that are given up learn why; a caller who hung up before stays one who hung up', () => {
  const calls = createCallsInFlight()
  const [waiting, gone] = [calls.begin(connection()), calls.begin(connection())]
  gone.hangUp()
  calls.abandon()
  expect(waiting.reason).toMatchObject({ code: 'shutting_down', retryAfterMs: 1000 })
  expect(gone).toMatchObject({ aborted: true, reason: undefined })
})

test('a connection that closes tells the calls still open on it, over one listener', () => {
  const calls = createCallsInFlight()
  const shared = connection()
  const done = calls.begin(shared)
  done.handled()
  done.out()
  const open = [calls.begin(shared), calls.begin(shared)]
  const elsewhere = calls.begin(connection())
  expect(shared.listenerCount('close')).toBe(1)
  shared.emit('close')
  expect(open.map(({ aborted }) => aborted)).toEqual([true, true])
  expect([done.aborted, elsewhere.aborted]).toEqual([false, false])
})
