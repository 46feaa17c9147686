import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from './config.ts'
import { ConfigError } from './config-error.ts'

const keyBytes = 32
const generatedName = 'master.key'

/** 32 bytes, as 64 hexadecimal digits or base64. */
function decodeMasterKey(text: string, source: string): Buffer {
  const trimmed = text.trim()
  const isHex = /^[0-9a-f]{64}$/i.test(trimmed)
  const key = Buffer.from(trimmed, isHex ? 'hex' : 'base64')
  // Node's decoder skips what is no base64: a mangled key would become another key.
  const isExact = isHex || /^[\w+/-]{43}=?$/.test(trimmed)
  if (!isExact || key.length !== keyBytes) {
    throw new ConfigError(
      `${source} must hold ${keyBytes} bytes as 64 hexadecimal digits or as base64; make one with: openssl rand -base64 ${keyBytes}.`,
    )
  }
  return key
}

function readKeyFile(path: string, source: string): Buffer {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
    // Windows has no such bits to check.
    const { mode } = statSync(path)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new ConfigError(`${path} can be read by other users; run: chmod 600 ${path}`)
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError(`${source} names ${path}, which cannot be read (${code}).`)
  }
  return decodeMasterKey(text, path)
}

/** The key given by the operator, if any. @throws ConfigError when it is malformed or exposed. */
export function givenMasterKey(source: Settings['masterKey']): Buffer | undefined {
  if (!source) return undefined
  if ('value' in source) return decodeMasterKey(source.value, 'HUB_MASTER_KEY')
  return readKeyFile(source.file, 'HUB_MASTER_KEY_FILE')
}

/** The key kept in the data folder, if one was made. @throws ConfigError when it is malformed or exposed. */
export function storedMasterKey(dataDir: string): Buffer | undefined {
  const path = join(dataDir, generatedName)
  return existsSync(path) ? readKeyFile(path, 'The data folder') : undefined
}

export function newMasterKey(): Buffer {
  return randomBytes(keyBytes)
}

/** Keeps a new key in the data folder, for its owner alone. Answers with its path. */
export function keepMasterKey(key: Buffer, dataDir: string): string {
  const path = join(dataDir, generatedName)
  writeFileSync(path, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  return path
}
