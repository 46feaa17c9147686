import { expect, test } from 'vitest'
import { createCallerDirectory } from './caller.ts'
import type { ApiKeyRow } from './ports.ts'

const row: ApiKeyRow = {
  id: 'k1',
  accountId: 'acme',
  name: 'ci',
  source: 'created',
  digest: 'd1',
  prefix: 'hub_live_k1',
  loopbackOnly: false,
  admin: false,
  enabled: true,
  createdAt: 1_000,
}

test('a caller carries what its key allows, and nothing else', () => {
  const directory = createCallerDirectory([
    row,
    { ...row, id: 'k2', digest: 'd2', models: ['sim/*'], loopbackOnly: true, admin: true },
  ])
  expect(directory.size).toBe(2)
  expect(directory.find('d1')).toEqual({ keyId: 'k1', keyName: 'ci', accountId: 'acme' })
  expect(directory.find('d2')).toEqual({
    keyId: 'k2',
    keyName: 'ci',
    accountId: 'acme',
    models: ['sim/*'],
    loopbackOnly: true,
    admin: true,
  })
})

test('a key that is disabled is found no more than one that never was', () => {
  const directory = createCallerDirectory([{ ...row, enabled: false }])
  expect(directory.size).toBe(0)
  expect(directory.find('d1')).toBe(directory.find('never was'))
})

test('an enabled key is found although a disabled one had the same secret', () => {
  const directory = createCallerDirectory([row, { ...row, id: 'old', enabled: false }])
  expect(directory.find('d1')?.keyId).toBe('k1')
})

test('a key is found until the moment it expires', () => {
  let now = 4_999
  const directory = createCallerDirectory([{ ...row, expiresAt: 5_000 }], { now: () => now })
  expect(directory.find('d1')?.keyId).toBe('k1')
  now = 5_000
  expect(directory.find('d1')).toBeUndefined()
})

test('a snapshot does not follow later changes of its rows, and cannot be changed itself', () => {
  const models = ['sim/*']
  const changing = { ...row, models }
  const directory = createCallerDirectory([changing])
  models.push('openai/*')
  changing.admin = true
  const caller = directory.find('d1')
  expect(caller).toEqual({ keyId: 'k1', keyName: 'ci', accountId: 'acme', models: ['sim/*'] })
  expect(() => Object.assign(caller ?? {}, { admin: true })).toThrow(TypeError)
})
