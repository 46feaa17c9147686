import { expect, test } from 'vitest'
import { pathSegment } from './path-segment.ts'

test.each([
  ['anthropic.claude:0', 'anthropic.claude%3A0'],
  ['a/b?c#d', 'a%2Fb%3Fc%23d'],
  ['模型', '%E6%A8%A1%E5%9E%8B'],
  ['half a pair \ud800', 'half%20a%20pair%20%EF%BF%BD'],
])('%j is one segment', (text, segment) => {
  expect(pathSegment(text)).toBe(segment)
})
