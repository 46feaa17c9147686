import { expect, test } from 'vitest'
import { wrapSignature } from '../signature.ts'
import { readSeal, sealCall, sealThought } from './seal.ts'

const signature = { value: 'proof', vendor: 'anthropic', model: 'm' }

test('a signed thought is sealed by its signature alone', () => {
  const sealed = sealThought({ type: 'reasoning', text: 'Hm.', signature })
  expect(sealed).toBe(wrapSignature(signature))
  expect(sealThought({ type: 'reasoning', text: 'Hm.' })).toBeUndefined()
})

test('a thought that is nothing but its signature is not taken for that of a call', () => {
  const sealed = sealThought({ type: 'reasoning', signature }) as string
  expect(readSeal(sealed)).toEqual({ signature })
  expect(readSeal(wrapSignature(signature))).toEqual({ signature, isLoose: true })
})

test('what was encrypted and what was signed are told apart', () => {
  const both = sealThought({ type: 'reasoning', redacted: 'secret', signature }) as string
  expect(readSeal(both)).toEqual({ signature, redacted: 'secret' })
  const one = sealThought({ type: 'reasoning', redacted: 'secret' }) as string
  expect(readSeal(one)).toEqual({ redacted: 'secret' })
})

test('a text that is shown as a summary says so, when there is anything to keep', () => {
  const shown = { type: 'reasoning' as const, summary: ['Hm.'] }
  const sealed = sealThought({ ...shown, signature }, true) as string
  expect(readSeal(sealed)).toEqual({ signature, showsText: true })
  expect(sealThought(shown, true)).toBeUndefined()
})

test('the signature of a call may name its call', () => {
  expect(readSeal(sealCall(signature, 'call 1'))).toEqual({ signature, callId: 'call 1' })
  expect(readSeal(sealCall(signature))).toEqual({ signature, isLoose: true })
})

test('anything else is OpenAI’s', () => {
  expect(readSeal('gAAAA b')).toEqual({ signature: { value: 'gAAAA b', vendor: 'openai' } })
})
