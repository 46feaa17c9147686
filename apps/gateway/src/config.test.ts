import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { selfSignedCertificate } from '../../../packages/providers/src/testing/certificate.ts'
import { readSettings } from './config.ts'

test('an empty environment gives the documented defaults', () => {
  expect(readSettings({ HUB_PORT: '', HUB_ADMIN_KEY: '  ' })).toMatchObject({
    host: 'localhost',
    port: 4820,
    dataDir: './data',
    hubFile: { path: './hub.yaml', required: false },
    adminKey: undefined,
    demo: undefined,
  })
})

test.each([
  [{ HUB_PORT: '70000' }, /^HUB_PORT is "70000" but must be a port/],
  [{ HUB_PORT: 'http' }, /^HUB_PORT/],
  [{ HUB_PUBLIC_URL: 'hub.example.com' }, /^HUB_PUBLIC_URL/],
  [{ HUB_PUBLIC_URL: 'ftp://hub.example.com' }, /^HUB_PUBLIC_URL/],
  [{ HUB_LOG_LEVEL: 'loud' }, /^HUB_LOG_LEVEL is "loud" but must be one of/],
  [{ HUB_DEMO: 'maybe' }, /^HUB_DEMO/],
  [{ HUB_ADMIN_KEY: 'short' }, /^HUB_ADMIN_KEY must have at least 16 characters/],
  [{ HUB_TLS_CERT: '/etc/cert.pem' }, /^HUB_TLS_KEY is missing/],
  [{ HUB_TLS_CERT: '/nowhere.pem', HUB_TLS_KEY: '/nowhere.key' }, /cannot be read \(ENOENT\)/],
  [{ HUB_MASTER_KEY: 'a', HUB_MASTER_KEY_FILE: 'b' }, /are both set/],
  [{ HUB_DATABASE_URL: 'postgres://x' }, /^HUB_DATABASE_URL is not supported yet/],
  [{ HUB_REDIS_URL: 'redis://x' }, /^HUB_REDIS_URL is not supported yet/],
] as const)('%o is refused by name', (environment, message) => {
  expect(() => readSettings(environment)).toThrow(message)
})

test('a refusal never repeats a key', () => {
  expect(() => readSettings({ HUB_ADMIN_KEY: 'hunter2' })).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
  )
})

test('a certificate and its key are read, and one without the other’s match is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-tls-'))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const [mine, other] = [selfSignedCertificate('hub.test'), selfSignedCertificate('hub.test')]
  writeFileSync(cert, mine.cert)
  writeFileSync(key, mine.key)
  const { tls } = readSettings({ HUB_TLS_CERT: cert, HUB_TLS_KEY: key })
  expect(tls?.cert.toString()).toBe(mine.cert)
  writeFileSync(key, other.key)
  expect(() => readSettings({ HUB_TLS_CERT: cert, HUB_TLS_KEY: key })).toThrow(
    /^HUB_TLS_CERT and HUB_TLS_KEY name files that cannot be used/,
  )
})
