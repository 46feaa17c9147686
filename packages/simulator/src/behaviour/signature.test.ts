import { expect, test } from 'vitest'
import { isSignatureOf, signatureOf } from './signature.ts'

test('a signature goes with its own text, and with none', () => {
  const signature = signatureOf('Let me think.')
  expect(isSignatureOf(signature, 'Let me think.')).toBe(true)
  expect(isSignatureOf(signature, '')).toBe(true)
  expect(isSignatureOf(signature, 'Let me think')).toBe(false)
})

test.each([
  ['nothing', ''],
  ['what is no base64', 'c2lnbmF0dXJl'],
  ['half of one', signatureOf('x').slice(0, 22)],
  ['one that was altered', signatureOf('x').replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))],
])('%s is no signature', (_name, signature) => {
  expect(isSignatureOf(signature, '')).toBe(false)
})
