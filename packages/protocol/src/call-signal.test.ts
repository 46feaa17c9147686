import { expect, test } from 'vitest'
import { CallAbort, type CallSignal } from './call-signal.ts'

/** What both must do, told as it happens. */
function story(signal: CallSignal, abort: (reason: unknown) => void): string[] {
  const told: string[] = []
  const plain = () => told.push(`function: ${String(signal.reason)}`)
  const object = { handleEvent: () => void told.push('object') }
  const removed = () => told.push('removed')
  signal.addEventListener('abort', plain)
  signal.addEventListener('abort', plain)
  signal.addEventListener('abort', object)
  signal.addEventListener('abort', removed)
  signal.removeEventListener('abort', removed)
  signal.removeEventListener('abort', () => {})
  signal.throwIfAborted()
  told.push(String(signal.aborted))
  abort('first')
  abort('second')
  signal.addEventListener('abort', () => told.push('too late'))
  told.push(String(signal.aborted), String(signal.reason))
  try {
    signal.throwIfAborted()
  } catch (thrown) {
    told.push(`threw ${String(thrown)}`)
  }
  return told
}

test('it does what AbortController and AbortSignal do', () => {
  const ours = new CallAbort()
  const theirs = new AbortController()
  const told = story(ours, (reason) => ours.abort(reason))
  expect(told).toEqual(story(theirs.signal, (reason) => theirs.abort(reason)))
  expect(told).toContain('function: first')
})

test('a listener that removes another while it is told keeps nobody from being told', () => {
  const call = new CallAbort()
  const told: string[] = []
  const first = () => {
    told.push('first')
    call.removeEventListener('abort', first)
  }
  call.addEventListener('abort', first)
  call.addEventListener('abort', () => told.push('second'))
  call.abort('gone')
  expect(told).toEqual(['first', 'second'])
})
