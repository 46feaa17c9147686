import { expect, test } from 'vitest'
import { createCallsInFlight } from './calls-in-flight.ts'

test('whoever waits for the end of the calls waits for the last one', async () => {
  const calls = createCallsInFlight()
  const [first, second] = [calls.begin(), calls.begin()]
  const ends: string[] = []
  const ended = calls.ended().then(() => ends.push('all'))
  first.end()
  await Promise.resolve()
  ends.push('first')
  second.end()
  await ended
  expect(ends).toEqual(['first', 'all'])
  expect(calls.size).toBe(0)
})

test('without calls there is nothing to wait for', async () => {
  const calls = createCallsInFlight()
  await calls.ended()
  calls.begin().end()
  await calls.ended()
  expect(calls.size).toBe(0)
})

test('calls that are given up learn why; a caller who hung up before stays one who hung up', () => {
  const calls = createCallsInFlight()
  const [waiting, gone] = [calls.begin(), calls.begin()]
  gone.hangUp()
  calls.abandon()
  expect(waiting.signal.reason).toMatchObject({ code: 'shutting_down', retryAfterMs: 1000 })
  expect(gone.signal).toMatchObject({ aborted: true, reason: undefined })
})
