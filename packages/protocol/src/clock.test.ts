import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from './clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('runs once when its time has come, unless it is cancelled', () => {
  const run = vi.fn()
  const cancelled = vi.fn()
  systemClock.after(1000, run)
  systemClock.after(1000, cancelled)()
  vi.advanceTimersByTime(999)
  expect(run).not.toHaveBeenCalled()
  vi.advanceTimersByTime(10_000)
  expect(run).toHaveBeenCalledOnce()
  expect(cancelled).not.toHaveBeenCalled()
})

test('a limit of Infinity is none, and not one of a millisecond', () => {
  const run = vi.fn()
  systemClock.after(Number.POSITIVE_INFINITY, run)
  vi.advanceTimersByTime(24 * 24 * 60 * 60 * 1000)
  expect(run).not.toHaveBeenCalled()
})
