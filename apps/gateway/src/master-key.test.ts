import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { givenMasterKey, keepMasterKey, newMasterKey, storedMasterKey } from './master-key.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'hub-key-'))

test('hexadecimal digits and base64 name the same key', () => {
  const key = Buffer.alloc(32, 7)
  expect(givenMasterKey({ value: key.toString('hex') })).toEqual(key)
  expect(givenMasterKey({ value: `${key.toString('base64')}\n` })).toEqual(key)
})

test('a key of another size is refused without being repeated', () => {
  expect(() => givenMasterKey({ value: 'c2hvcnQ=' })).toThrow(/^HUB_MASTER_KEY must hold 32 bytes/)
  expect(() => givenMasterKey({ value: 'c2hvcnQ=' })).not.toThrow(/c2hvcnQ/)
})

test('a new key is kept for its owner alone and is found again', () => {
  const dataDir = folder()
  expect(storedMasterKey(dataDir)).toBeUndefined()
  const key = newMasterKey()
  const path = keepMasterKey(key, dataDir)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(storedMasterKey(dataDir)).toEqual(key)
  expect(readFileSync(path, 'utf8').trim()).toBe(key.toString('base64'))
})

test('a key file that others can read is refused with the command that mends it', () => {
  const file = join(folder(), 'master.key')
  writeFileSync(file, Buffer.alloc(32).toString('base64'))
  chmodSync(file, 0o644)
  expect(() => givenMasterKey({ file })).toThrow(`chmod 600 ${file}`)
})

test('a key file that does not exist is named', () => {
  expect(() => givenMasterKey({ file: '/nowhere/key' })).toThrow(/\/nowhere\/key.*ENOENT/)
})
