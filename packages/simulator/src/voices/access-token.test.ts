import { expect, test } from 'vitest'
import { createBehaviour } from '../behaviour/index.ts'
import { Kept } from '../kept.ts'
import { createRandom } from '../random.ts'
import { isLiveToken, mintToken, tokenLifetimeSeconds } from './access-token.ts'
import type { VoiceContext } from './voice.ts'

const nowMs = Date.UTC(2026, 10, 20)
const context: VoiceContext = {
  behaviour: createBehaviour(0, {}),
  requestId: 'abcdefghijklmnopqrstuvwx',
  random: createRandom(0),
  nowMs,
  kept: new Kept(1),
  files: new Kept(1),
  jobs: new Kept(1),
}
const token = mintToken('google', context)
const endMs = nowMs + tokenLifetimeSeconds * 1000

test('a token is good until its time is over', () => {
  expect(isLiveToken('google', token, nowMs)).toBe(true)
  expect(isLiveToken('google', token, endMs - 1)).toBe(true)
  expect(isLiveToken('google', token, endMs)).toBe(false)
})

test('a token is good for whom it is from', () => {
  expect(isLiveToken('entra', token, nowMs)).toBe(false)
  expect(isLiveToken('entra', mintToken('entra', context), nowMs)).toBe(true)
})

test.each([
  ['another end', token.replace(/-(\d+)-/, '-9999999999-')],
  ['a letter more', `${token}x`],
  ['nothing behind its start', 'ya29.'],
])('a token with %s is no token', (_what, altered) => {
  expect(altered).not.toBe(token)
  expect(isLiveToken('google', altered, nowMs)).toBe(false)
})
