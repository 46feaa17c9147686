// What an operator gets who starts the hub with something wrong: one sentence that names it, exit code 1,
// and a folder in which nothing has changed.
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderState } from './folder-state.ts'
import { type HubOptions, hubFolder, type RunningHub, runToEnd, startHub } from './hub.ts'

/** Stands wherever a secret does; no message may hold it. */
const secret = 'hunter2'
const longSecret = `${secret}-${secret}-${secret}`
const masterKey = Buffer.alloc(32, 7).toString('base64')

/** The folder of a hub that has run well before; every start that fails gets a copy. */
let healthy: string

beforeAll(async () => {
  const hub = await startHub()
  healthy = hub.folder
  expect(await hub.stop()).toBe(0)
})

afterAll(() => rmSync(healthy, { recursive: true, force: true }))

interface Wrong extends Omit<HubOptions, 'folder'> {
  /** What else is wrong with the folder. */
  prepare?: (folder: string) => void
}

/** Starts a hub in a copy of the healthy folder; answers how it ended and what that did to the folder. */
async function refusedStart({ prepare, file, ...options }: Wrong) {
  const folder = hubFolder()
  cpSync(healthy, folder, { recursive: true, preserveTimestamps: true })
  if (file !== undefined) writeFileSync(join(folder, 'hub.yaml'), file)
  prepare?.(folder)
  const before = folderState(folder)
  const ended = await runToEnd({ ...options, folder })
  const after = folderState(folder)
  rmSync(folder, { recursive: true })
  return { ...ended, before, after }
}

async function expectRefusal(wrong: Wrong, message: string | RegExp): Promise<void> {
  const { code, stdout, stderr, before, after } = await refusedStart(wrong)
  expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^aigne-hub-gateway: [^\n]+\n$/)
  expect(stderr).toMatch(message)
  expect(stderr).not.toContain(secret)
  expect(after).toEqual(before)
}

describe.concurrent('hub.yaml', () => {
  test.for<[what: string, file: string, message: string]>([
    [
      'an unknown key',
      'providers:\n  - id: openai\n    baseURl: http://x\n',
      './hub.yaml:3: unknown key "baseURl" in providers[0]. Check its spelling, or remove it.',
    ],
    [
      'a variable that is not set',
      `keys:\n  - name: ci\n    key: \${NO_SUCH_KEY}\n`,
      './hub.yaml:3: the environment variable NO_SUCH_KEY is not set. Set it, or remove this line.',
    ],
    [
      'a variable without a name',
      `keys:\n  - name: ci\n    key: \${}\n`,
      `./hub.yaml:3: "\${}" names no environment variable. Write its name between the braces.`,
    ],
    [
      'a wrong type',
      'providers:\n  - id: lab\n    baseUrl: http://x\n    allowPrivateNetwork: 1\n',
      './hub.yaml:4: providers[0].allowPrivateNetwork: must be true or false.',
    ],
    [
      'a text where an object belongs',
      'providers:\n  - openai\n',
      './hub.yaml:2: providers[0]: must hold names and values, such as "id: openai".',
    ],
    [
      'a number where a model belongs',
      'models:\n  - id: fast\n    targets: [5]\n',
      './hub.yaml:3: models[0].targets[0]: must be a "provider/model" name.',
    ],
    [
      'a list that is empty by oversight',
      'providers:\n',
      './hub.yaml:1: providers: must be a list',
    ],
    ['a text instead of settings', 'hello\n', './hub.yaml:1: must hold names and values'],
    [
      'two providers of one id',
      'providers:\n  - { id: lab, baseUrl: "http://a" }\n  - { id: lab, baseUrl: "http://b" }\n',
      './hub.yaml:3: providers[1].id: "lab" is there twice. Give each its own.',
    ],
    [
      'two aliases of one name',
      'models:\n  - { id: fast, targets: [a/b] }\n  - { id: fast, targets: [a/c] }\n',
      './hub.yaml:3: models[1].id: "fast" is there twice. Give each its own.',
    ],
    [
      'two keys of one name',
      `keys:\n  - { name: ci, key: ${longSecret}-1 }\n  - { name: ci, key: ${longSecret}-2 }\n`,
      './hub.yaml:3: keys[1].name: "ci" is there twice. Give each its own.',
    ],
    [
      'two names of one key',
      `keys:\n  - { name: ci, key: ${longSecret} }\n  - { name: cd, key: ${longSecret} }\n`,
      './hub.yaml:3: keys[1].key: is the same as the key "ci". Give each its own.',
    ],
    [
      'a key that is not long enough',
      `keys:\n  - name: ci\n    key: ${secret}\n`,
      './hub.yaml:3: keys[0].key: must have at least 16 characters.',
    ],
    [
      'a provider that nobody knows',
      'providers:\n  - id: opanai\n    credentials: [{ name: main, apiKey: x }]\n',
      './hub.yaml:2: providers[0].id: "opanai" is not a provider the hub knows',
    ],
    [
      'a password in an address',
      `providers:\n  - id: lab\n    baseUrl: http://user:${secret}@host/v1\n`,
      './hub.yaml:3: providers[0].baseUrl: must not hold a user name or password.',
    ],
    [
      'a credential that no header can carry',
      `providers:\n  - id: lab\n    baseUrl: http://host/v1\n    credentials: [{ name: main, apiKey: "${secret}\\n" }]\n`,
      './hub.yaml:4: providers[0].credentials[0].apiKey: holds a character that HTTP cannot carry',
    ],
    [
      'a credential that OpenAI needs and does not get',
      'providers:\n  - id: openai\n',
      './hub.yaml:2: providers[0].credentials: OpenAI needs a credential',
    ],
    ['broken YAML', 'providers:\n  - id: lab\n   baseUrl: [\n', './hub.yaml:3: '],
    [
      'broken YAML around a secret',
      `keys:\n  - name: ci\n    key: "${longSecret}" ${longSecret}\n`,
      './hub.yaml:3: ',
    ],
    [
      'an anchor that is not there',
      'keys: []\nproviders: *mine\n',
      './hub.yaml:2: there is no anchor "&mine" before this. Add it, or write the value out.',
    ],
    [
      'anchors within anchors without end',
      `a: &a [${'x,'.repeat(20)}]\nb: &b [${'*a,'.repeat(20)}]\nc: &c [${'*b,'.repeat(20)}]\n`,
      './hub.yaml:1: its anchors are repeated too often. Write the values out.',
    ],
    [
      'two documents',
      'keys: []\n---\nkeys: []\n',
      './hub.yaml:2: a second document begins here. Keep one.',
    ],
    [
      'a dialect nobody speaks',
      'providers:\n  - id: lab\n    dialect: soap\n    baseUrl: http://x\n',
      './hub.yaml:3: providers[0].dialect: must be "openai", "openai-responses", "anthropic", "gemini" or "ollama".',
    ],
    [
      'two credentials (not supported yet)',
      `providers:\n  - id: openai\n    credentials:\n      - { name: a, apiKey: ${secret}-1 }\n      - { name: b, apiKey: ${secret}-2 }\n`,
      './hub.yaml:3: providers[0].credentials: more than one credential a provider is not supported yet.',
    ],
    [
      'two targets (not supported yet)',
      'models:\n  - id: fast\n    targets: [openai/a, openai/b]\n',
      './hub.yaml:3: models[0].targets: more than one target is not supported yet.',
    ],
    [
      'requests a minute (not supported yet)',
      `keys:\n  - { name: ci, key: ${longSecret}, rpm: 60 }\n`,
      './hub.yaml:2: keys[0].rpm: limits are not supported yet.',
    ],
    [
      'tokens a minute (not supported yet)',
      `keys:\n  - { name: ci, key: ${longSecret}, tpm: 60 }\n`,
      './hub.yaml:2: keys[0].tpm: limits are not supported yet.',
    ],
    [
      'billing (not supported yet)',
      'billing:\n  enabled: true\n',
      './hub.yaml:2: billing.enabled: billing is not supported yet.',
    ],
  ])('%s is refused with file and line', ([, file, message]) => expectRefusal({ file }, message))

  test('a variable’s value never shows, whatever is wrong with it', () =>
    expectRefusal(
      { file: `keys:\n  - name: ci\n    key: \${CI_HUB_KEY}\n`, env: { CI_HUB_KEY: secret } },
      './hub.yaml:3: keys[0].key: must have at least 16 characters.',
    ))

  test('a key that is also HUB_ADMIN_KEY is refused, by both names', () =>
    expectRefusal(
      { file: `keys: [{ name: ci, key: ${longSecret} }]\n`, env: { HUB_ADMIN_KEY: longSecret } },
      'The API keys "HUB_ADMIN_KEY" and "ci" are the same; give each its own.',
    ))

  test('a file that was asked for must exist', () =>
    expectRefusal(
      { env: { HUB_CONFIG: './other.yaml' } },
      'HUB_CONFIG names ./other.yaml, which cannot be read (ENOENT).',
    ))

  test('a folder of that name is no file', () =>
    expectRefusal(
      { prepare: (folder) => mkdirSync(join(folder, 'hub.yaml')) },
      './hub.yaml cannot be read (EISDIR).',
    ))
})

describe.concurrent('the environment', () => {
  test.for<[what: string, env: Record<string, string>, message: string]>([
    ['a port out of range', { HUB_PORT: '70000' }, 'HUB_PORT is "70000" but must be a port'],
    ['a port in words', { HUB_PORT: 'http' }, 'HUB_PORT is "http" but must be a port'],
    ['a port with a fraction', { HUB_PORT: '4820.5' }, 'HUB_PORT is "4820.5" but must be a port'],
    ['a port in hexadecimal', { HUB_PORT: '0x12d4' }, 'HUB_PORT is "0x12d4" but must be a port'],
    [
      'a host that does not resolve',
      { HUB_HOST: 'no-such-host.invalid' },
      'HUB_HOST is "no-such-host.invalid", which does not resolve to an address.',
    ],
    [
      'a host that is another machine',
      { HUB_HOST: '203.0.113.1' },
      'HUB_HOST names 203.0.113.1, which is not an address of this machine',
    ],
    ['an admin key too short', { HUB_ADMIN_KEY: secret }, 'HUB_ADMIN_KEY must have at least 16'],
    [
      'a master key of the wrong size',
      { HUB_MASTER_KEY: Buffer.from(longSecret).toString('base64') },
      'HUB_MASTER_KEY must hold 32 bytes as 64 hexadecimal digits or as base64; make one with: openssl rand -base64 32',
    ],
    [
      'a master key that is no base64',
      { HUB_MASTER_KEY: `${secret} ${masterKey}` },
      'HUB_MASTER_KEY must hold 32 bytes',
    ],
    [
      'a master key file that is not there',
      { HUB_MASTER_KEY_FILE: './nowhere.key' },
      'HUB_MASTER_KEY_FILE names ./nowhere.key, which cannot be read (ENOENT)',
    ],
    [
      'two master keys',
      { HUB_MASTER_KEY: masterKey, HUB_MASTER_KEY_FILE: './master.key' },
      'HUB_MASTER_KEY and HUB_MASTER_KEY_FILE are both set; unset the one that is not meant.',
    ],
    ['a certificate without its key', { HUB_TLS_CERT: './cert.pem' }, 'HUB_TLS_KEY is missing'],
    ['a log level nobody knows', { HUB_LOG_LEVEL: 'loud' }, 'HUB_LOG_LEVEL is "loud" but must be'],
    [
      'a switch between on and off',
      { HUB_DEMO: 'maybe' },
      'HUB_DEMO is "maybe" but must be 1 or 0',
    ],
    [
      'a public address without its scheme',
      { HUB_PUBLIC_URL: 'hub.example.com' },
      'HUB_PUBLIC_URL is "hub.example.com" but must be an http or https address',
    ],
    [
      'PostgreSQL (not supported yet)',
      { HUB_DATABASE_URL: `postgres://hub:${secret}@db/hub` },
      'HUB_DATABASE_URL is not supported yet: the hub keeps its data in SQLite in HUB_DATA_DIR. Unset it.',
    ],
    [
      'Redis (not supported yet)',
      { HUB_REDIS_URL: `redis://:${secret}@redis` },
      'HUB_REDIS_URL is not supported yet: one process needs no Redis. Unset it.',
    ],
    [
      'a provider’s key that no header can carry',
      { OPENAI_API_KEY: `sk-${secret}\u2019` },
      'OPENAI_API_KEY holds a character that HTTP cannot carry',
    ],
  ])('%s is refused by name', ([, env, message]) => expectRefusal({ env }, message))

  test('a certificate that is none is refused by name', () =>
    expectRefusal(
      {
        env: { HUB_TLS_CERT: './cert.pem', HUB_TLS_KEY: './key.pem' },
        prepare(folder) {
          writeFileSync(join(folder, 'cert.pem'), 'no certificate')
          writeFileSync(join(folder, 'key.pem'), secret)
        },
      },
      'HUB_TLS_CERT and HUB_TLS_KEY name files that cannot be used',
    ))
})

describe.concurrent('the master key’s file', () => {
  const keyFile = (text: string, mode: number) => (folder: string) =>
    writeFileSync(join(folder, 'hub.key'), text, { mode })
  const env = { HUB_MASTER_KEY_FILE: './hub.key' }

  test('that other users can read is refused with the command that mends it', () =>
    expectRefusal(
      { env, prepare: keyFile(masterKey, 0o644) },
      './hub.key can be read by other users; run: chmod 600 ./hub.key',
    ))

  test('that holds no key is refused by its path', () =>
    expectRefusal({ env, prepare: keyFile(secret, 0o600) }, './hub.key must hold 32 bytes'))

  test('that is a folder is refused by its path', () =>
    expectRefusal(
      { env, prepare: (folder) => mkdirSync(join(folder, 'hub.key')) },
      'HUB_MASTER_KEY_FILE names ./hub.key, which cannot be read (EISDIR).',
    ))

  test('in the data folder, opened to other users since, is refused before anything is written', () =>
    expectRefusal(
      { prepare: (folder) => chmodSync(join(folder, 'data/master.key'), 0o640) },
      'data/master.key can be read by other users; run: chmod 600 data/master.key',
    ))

  test('in the data folder, damaged since, is refused before anything is written', () =>
    expectRefusal(
      { prepare: (folder) => writeFileSync(join(folder, 'data/master.key'), secret) },
      'data/master.key must hold 32 bytes',
    ))
})

describe('a port in use', () => {
  let taken: Server

  function listen(host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      taken = createServer().once('error', reject)
      taken.listen(0, host, () => resolve((taken.address() as { port: number }).port))
    })
  }

  test.for([
    ['127.0.0.1', 'localhost'],
    ['::1', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '0.0.0.0'],
    ['::1', '::'],
  ] as const)('on %s is refused by the host %s', async ([address, host]) => {
    const port = await listen(address)
    try {
      await expectRefusal(
        { env: { HUB_PORT: String(port), HUB_HOST: host } },
        new RegExp(`Port ${port} on \\S+ is in use by another program; stop it, or set HUB_PORT`),
      )
    } finally {
      taken.close()
    }
  })
})

describe.concurrent('the data folder', () => {
  test('below a file is refused by its path', () =>
    expectRefusal(
      {
        env: { HUB_DATA_DIR: './notes.txt/data' },
        prepare: (folder) => writeFileSync(join(folder, 'notes.txt'), 'not a folder'),
      },
      /The data folder \S+\/notes\.txt\/data cannot be made \(ENOTDIR/,
    ))

  test('that is a file is refused by its path', () =>
    expectRefusal(
      {
        env: { HUB_DATA_DIR: './notes.txt' },
        prepare: (folder) => writeFileSync(join(folder, 'notes.txt'), 'not a folder'),
      },
      /The data folder \S+\/notes\.txt cannot be made/,
    ))

  test('where nobody may write is refused by its path', () =>
    // Even root can make nothing there.
    expectRefusal({ env: { HUB_DATA_DIR: '/sys/hub' } }, 'The data folder /sys/hub cannot be made'))

  test('with a database that is none is refused by its path', () =>
    expectRefusal(
      {
        prepare: (folder) => writeFileSync(join(folder, 'data/hub.sqlite'), 'x'.repeat(8192)),
      },
      /data\/hub\.sqlite cannot be read as a database/,
    ))
})

describe('a data folder that another hub has', () => {
  let first: RunningHub

  beforeAll(async () => {
    first = await startHub()
  })

  afterAll(async () => {
    await first.stop()
    rmSync(first.folder, { recursive: true, force: true })
  })

  test('is refused to a second, by the first one’s process, and the first goes on', async () => {
    // The first one's own writing aside.
    const rest = () =>
      Object.entries(folderState(first.folder)).filter(([path]) => !path.includes('hub.sqlite'))
    const before = rest()
    const { code, stdout, stderr } = await runToEnd({
      env: { HUB_DATA_DIR: first.dataDir, HUB_PORT: '0' },
    })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `aigne-hub-gateway: The data folder ${first.dataDir} is in use by the process ${first.process.pid}. Stop that process first, or give this one a data folder of its own.\n`,
    )
    expect(rest()).toEqual(before)
    const answer = await fetch(`${first.url}/readyz`)
    expect(answer.status).toBe(200)
  })
})
