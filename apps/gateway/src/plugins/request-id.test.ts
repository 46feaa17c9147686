import { expect, test } from 'vitest'
import { newRequestId } from './request-id.ts'

test('an id is a UUIDv7 of this moment, and another one every time', () => {
  const before = Date.now()
  const ids = Array.from({ length: 1000 }, newRequestId)
  const after = Date.now()
  expect(new Set(ids).size).toBe(1000)
  for (const id of ids) {
    expect(id).toMatch(/^req_[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    const time = Number.parseInt(id.slice(4, 12) + id.slice(13, 17), 16)
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(after)
  }
})
