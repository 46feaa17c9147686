import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { checkOperatorKey } from '@aigne-hub/identity'
import { z } from 'zod'
import { ConfigError } from './config-error.ts'

/** What the environment says, read once at start. */
export interface Settings {
  host: string
  port: number
  /** How callers reach the hub, when that is not `host:port`. */
  publicUrl: string | undefined
  tls: { cert: Buffer; key: Buffer } | undefined
  dataDir: string
  hubFile: { path: string; required: boolean }
  masterKey: { value: string } | { file: string } | undefined
  adminKey: string | undefined
  logLevel: string
  /** Absent = on while no provider is configured. */
  demo: boolean | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

// Read by a later version; silence would let an operator believe they are in use.
const notYetSupported: Record<string, string> = {
  HUB_DATABASE_URL: 'the hub keeps its data in SQLite in HUB_DATA_DIR',
  HUB_REDIS_URL: 'one process needs no Redis',
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const port = z.string().regex(/^\d+$/).transform(Number).pipe(z.int().max(65535))
const url = z.url({ protocol: /^https?$/ })

/** An unset variable and an empty one are the same: compose files cannot leave one out. */
function read(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim()
  return value === '' ? undefined : value
}

function parse<T>(schema: z.ZodType<T, string>, value: string, name: string, expected: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new ConfigError(`${name} is "${value}" but must be ${expected}.`)
}

function parseSwitch(value: string, name: string): boolean {
  if (/^(1|true|on|yes)$/i.test(value)) return true
  if (/^(0|false|off|no)$/i.test(value)) return false
  throw new ConfigError(`${name} is "${value}" but must be 1 or 0.`)
}

function readFile(path: string, name: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError(`${name} names ${path}, which cannot be read (${code}).`)
  }
}

function readTls(env: Environment): Settings['tls'] {
  const cert = read(env, 'HUB_TLS_CERT')
  const key = read(env, 'HUB_TLS_KEY')
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? 'HUB_TLS_CERT' : 'HUB_TLS_KEY'
    throw new ConfigError(`${missing} is missing: HTTPS needs both a certificate and its key.`)
  }
  const tls = { cert: readFile(cert, 'HUB_TLS_CERT'), key: readFile(key, 'HUB_TLS_KEY') }
  try {
    createSecureContext(tls)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError(
      `HUB_TLS_CERT and HUB_TLS_KEY name files that cannot be used (${code}); they must hold a certificate and its own key, as PEM.`,
    )
  }
  return tls
}

function readMasterKey(env: Environment): Settings['masterKey'] {
  const value = read(env, 'HUB_MASTER_KEY')
  const file = read(env, 'HUB_MASTER_KEY_FILE')
  if (value !== undefined && file !== undefined) {
    throw new ConfigError(
      'HUB_MASTER_KEY and HUB_MASTER_KEY_FILE are both set; unset the one that is not meant.',
    )
  }
  if (value !== undefined) return { value }
  return file === undefined ? undefined : { file }
}

function readAdminKey(env: Environment): string | undefined {
  const key = read(env, 'HUB_ADMIN_KEY')
  if (key === undefined) return undefined
  const problem = checkOperatorKey(key)
  if (problem) throw new ConfigError(`HUB_ADMIN_KEY ${problem}.`)
  return key
}

/** The settings of these variables. @throws ConfigError naming the variable to change. */
export function readSettings(env: Environment): Settings {
  for (const [name, instead] of Object.entries(notYetSupported)) {
    if (read(env, name) !== undefined) {
      throw new ConfigError(`${name} is not supported yet: ${instead}. Unset it.`)
    }
  }
  const hubFile = read(env, 'HUB_CONFIG')
  const publicUrl = read(env, 'HUB_PUBLIC_URL')
  const demo = read(env, 'HUB_DEMO')
  return {
    host: read(env, 'HUB_HOST') ?? 'localhost',
    port: parse(port, read(env, 'HUB_PORT') ?? '4820', 'HUB_PORT', 'a port from 0 to 65535'),
    publicUrl:
      publicUrl === undefined
        ? undefined
        : parse(
            url,
            publicUrl,
            'HUB_PUBLIC_URL',
            'an http or https address such as https://hub.example.com',
          ),
    tls: readTls(env),
    dataDir: read(env, 'HUB_DATA_DIR') ?? './data',
    hubFile: { path: hubFile ?? './hub.yaml', required: hubFile !== undefined },
    masterKey: readMasterKey(env),
    adminKey: readAdminKey(env),
    logLevel: parse(
      z.enum(logLevels),
      read(env, 'HUB_LOG_LEVEL') ?? 'info',
      'HUB_LOG_LEVEL',
      `one of ${logLevels.join(', ')}`,
    ),
    demo: demo === undefined ? undefined : parseSwitch(demo, 'HUB_DEMO'),
  }
}
