import { HubError } from '@aigne-hub/protocol'
import { expect, test, vi } from 'vitest'
import { LateFailures } from './late-failures.ts'

const body = Buffer.from('{"x":1}')
const failed = new HubError('upstream_timeout', 'Too late.')

test('the same call, sent again, is told what became of it, once', () => {
  const failures = new LateFailures()
  failures.of('key', body).remember(failed)
  expect(() => failures.of('key', body).rethrow()).toThrow(failed)
  failures.of('key', body).rethrow()
})

test.each([
  ['another body', 'key', Buffer.from('{"x":2}')],
  ['another key', 'other', body],
])('%s is another call', (_, keyId, other) => {
  const failures = new LateFailures()
  failures.of('key', body).remember(failed)
  failures.of(keyId, other).rethrow()
  expect(() => failures.of('key', body).rethrow()).toThrow(failed)
})

test.each(['client_closed', 'shutting_down'] as const)('%s is no outcome', (code) => {
  const failures = new LateFailures()
  failures.of('key', body).remember(new HubError(code, 'Gone.'))
  failures.of('key', body).rethrow()
})

test('after a minute nobody waits for it any more', () => {
  vi.useFakeTimers()
  try {
    const failures = new LateFailures()
    failures.of('key', body).remember(failed)
    vi.setSystemTime(Date.now() + 60_000)
    failures.of('key', body).rethrow()
  } finally {
    vi.useRealTimers()
  }
})

test('of very many only the latest are kept', () => {
  const failures = new LateFailures()
  const bodyOf = (at: number) => Buffer.from(String(at))
  for (let at = 0; at <= 1000; at++) failures.of('key', bodyOf(at)).remember(failed)
  failures.of('key', bodyOf(0)).rethrow()
  expect(() => failures.of('key', bodyOf(1000)).rethrow()).toThrow(failed)
})
