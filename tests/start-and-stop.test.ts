import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createSimulator, refusingUrl } from '@aigne-hub/simulator'
import { describe, expect, onTestFinished, test } from 'vitest'
import { selfSignedCertificate } from '../packages/providers/src/testing/certificate.ts'
import { adminKey, discard, type HubOptions, hubFolder, type RunningHub, startHub } from './hub.ts'

/** A hub that goes when the test ends, however it ends. */
async function hubForTest(options: HubOptions = {}): Promise<RunningHub> {
  const hub = await startHub(options)
  onTestFinished(() => discard(hub))
  return hub
}

/** What a shell makes of a line that was printed. */
async function shell(line: string) {
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { code, output }
}

const printedCurl = ({ printed }: RunningHub) => /^ *(curl .*)$/m.exec(printed)?.[1] ?? ''

const modelsFor = (hub: RunningHub, key: string) =>
  fetch(`${hub.baseURL}/models`, { headers: { authorization: `Bearer ${key}` } })

interface ModelList {
  data: { id: string }[]
}

/** The code with which a connection to the hub's port fails; undefined when it does not. */
function connectionFailure({ url }: RunningHub): Promise<string | undefined> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
  })
}

describe('the first start', () => {
  test('prints an address, a demo key and a line for the shell that works as it stands', async () => {
    const hub = await hubForTest({ env: { HUB_ADMIN_KEY: '' } })
    expect(hub.printed).toMatch(/Address +http:\/\/localhost:\d+\n/)
    expect(hub.printed).toMatch(/Demo key +hub_demo_\w+\n/)
    const { code, output } = await shell(printedCurl(hub))
    expect(code).toBe(0)
    expect(JSON.parse(output)).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: expect.stringMatching(/simulat/i) } }],
    })
  })

  test('makes a master key for its owner alone, and says so once', async () => {
    const hub = await hubForTest()
    const { mode } = statSync(join(hub.dataDir, 'master.key'))
    expect(mode & 0o777).toBe(0o600)
    expect(statSync(hub.dataDir).mode & 0o777).toBe(0o700)
    expect(hub.log()).toContain('made a master key beside the data it protects')
    await hub.stop()
    const again = await hubForTest({ folder: hub.folder })
    expect(again.log()).not.toContain('master key')
  })

  test('listens on both loopbacks, which is what clients take "localhost" for', async () => {
    const hub = await hubForTest()
    const { port } = new URL(hub.url)
    const answers = await Promise.all(
      [`http://127.0.0.1:${port}/healthz`, `http://[::1]:${port}/healthz`].map((url) => fetch(url)),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
  })

  test('with a certificate it speaks HTTPS on both, and the line works as well', async () => {
    const folder = hubFolder()
    const { cert, key } = selfSignedCertificate('localhost')
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
    const hub = await hubForTest({
      folder,
      env: { HUB_TLS_CERT: './cert.pem', HUB_TLS_KEY: './key.pem' },
    })
    expect(hub.url).toMatch(/^https:/)
    const line = printedCurl(hub)
    for (const host of ['127.0.0.1', '[::1]']) {
      const { output } = await shell(line.replace('localhost', host))
      expect(JSON.parse(output)).toMatchObject({ object: 'chat.completion' })
    }
    expect(await hub.stop()).toBe(0)
  })

  const ownAddress = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address

  test.skipIf(ownAddress === undefined)(
    'on an address of the network: the line works from this machine',
    async () => {
      const hub = await hubForTest({ env: { HUB_HOST: ownAddress ?? '' } })
      const { output } = await shell(printedCurl(hub))
      expect(JSON.parse(output)).toMatchObject({ object: 'chat.completion' })
    },
  )
})

describe('keys and restarts', () => {
  test('the demo key stays the same', async () => {
    const hub = await hubForTest()
    expect(await hub.stop()).toBe(0)
    const again = await hubForTest({ folder: hub.folder })
    expect(again.demoKey).toBe(hub.demoKey)
    expect((await modelsFor(again, again.demoKey)).status).toBe(200)
  })

  test('HUB_DEMO=0 turns the demo off, and its key with it', async () => {
    const hub = await hubForTest()
    await hub.stop()
    const without = await hubForTest({ folder: hub.folder, env: { HUB_DEMO: '0' } })
    expect(without.printed).not.toMatch(/demo|curl/i)
    expect((await modelsFor(without, hub.demoKey)).status).toBe(401)
    expect(await (await modelsFor(without, adminKey)).json()).toEqual({ object: 'list', data: [] })
  })

  test('a provider that is set up turns the demo off, and HUB_DEMO=1 on again', async () => {
    const file = 'providers: [{ id: lab, baseUrl: "http://127.0.0.1:9/v1", models: [m] }]\n'
    const hub = await hubForTest({ file })
    expect(hub.demoKey).toBe('')
    const names = async (running: RunningHub) => {
      const { data } = (await (await modelsFor(running, adminKey)).json()) as ModelList
      return data.map(({ id }) => id)
    }
    expect(await names(hub)).toEqual(['lab/m'])
    await hub.stop()
    const both = await hubForTest({ folder: hub.folder, env: { HUB_DEMO: '1' } })
    expect(await names(both)).toEqual(expect.arrayContaining(['lab/m', 'sim/chat']))
    expect((await modelsFor(both, both.demoKey)).status).toBe(200)
  })

  test('the admin key works, and not any more once it is taken away', async () => {
    const hub = await hubForTest()
    expect((await modelsFor(hub, adminKey)).status).toBe(200)
    await hub.stop()
    const without = await hubForTest({ folder: hub.folder, env: { HUB_ADMIN_KEY: '' } })
    expect((await modelsFor(without, adminKey)).status).toBe(401)
  })

  test('a key may move from the file to the environment, to the demo’s place and back', async () => {
    const file = `keys: [{ name: ci, key: ${adminKey}, models: [nothing] }]\n`
    const inFile = await hubForTest({ file, env: { HUB_ADMIN_KEY: '' } })
    expect(await (await modelsFor(inFile, adminKey)).json()).toMatchObject({ data: [] })
    await inFile.stop()
    const inEnvironment = await hubForTest({ folder: inFile.folder, file: '' })
    const { data } = (await (await modelsFor(inEnvironment, adminKey)).json()) as ModelList
    expect(data).not.toEqual([])
    const { demoKey } = inEnvironment
    await inEnvironment.stop()
    const demoAsAdmin = { HUB_ADMIN_KEY: demoKey, HUB_DEMO: '0' }
    const promoted = await hubForTest({ folder: inFile.folder, env: demoAsAdmin })
    expect((await modelsFor(promoted, demoKey)).status).toBe(200)
    await promoted.stop()
    const back = await hubForTest({ folder: inFile.folder, file, env: { HUB_ADMIN_KEY: '' } })
    expect(await (await modelsFor(back, adminKey)).json()).toMatchObject({ data: [] })
  })
})

describe('stopping', () => {
  test.for(['SIGTERM', 'SIGINT'] as const)('%s ends an idle hub with code 0', async (signal) => {
    const hub = await hubForTest()
    // A kept connection does not hold it up.
    await modelsFor(hub, adminKey)
    expect(await hub.stop(signal)).toBe(0)
    expect(await connectionFailure(hub)).toBe('ECONNREFUSED')
    expect(globSync('hub.sqlite-*', { cwd: hub.dataDir })).toEqual([])
  })
})

/** A hub in the middle of a stream, which goes on when the test asks for the rest. */
async function streaming(options: HubOptions = {}) {
  const upstream = createSimulator({ pace: 'manual' })
  const server = await upstream.listen()
  onTestFinished(() => server.close())
  const hub = await hubForTest({
    file: `providers: [{ id: slow, baseUrl: "${server.url}/v1", allowPrivateNetwork: true }]\n`,
    ...options,
  })
  upstream.release(3)
  const response = await fetch(`${hub.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'slow/echo',
      messages: [{ role: 'user', content: 'one two three four five six' }],
      stream: true,
    }),
  })
  return {
    hub,
    response,
    rest() {
      upstream.release(1000)
      return response.text()
    },
  }
}

describe('stopping in the middle of a stream', () => {
  test('lets it finish, while nothing new is taken', async () => {
    const { hub, rest } = await streaming()
    const ended = hub.stop('SIGTERM')
    await hub.logged('stopping')
    const ready = await fetch(`${hub.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ error: { code: 'shutting_down' } })
    expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
    const refused = await modelsFor(hub, adminKey)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await refused.json()).toMatchObject({ error: { code: 'shutting_down' } })

    const said = await rest()
    expect(said).toMatch(/data: \[DONE\]\n\n$/)
    expect(said).not.toContain('"error"')
    expect(await ended).toBe(0)
    expect(await connectionFailure(hub)).toBe('ECONNREFUSED')
  })

  test('a second signal at once is the same one; a later one does not wait', async () => {
    const { hub, response } = await streaming()
    const reading = response.text().catch(() => 'cut')
    hub.process.kill('SIGINT')
    await hub.logged('stopping')
    hub.process.kill('SIGINT')
    expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
    const insist = setInterval(() => hub.process.kill('SIGINT'), 100)
    onTestFinished(() => clearInterval(insist))
    expect(await hub.ended).toBe(130)
    expect(await reading).toBe('cut')
  })

  const toGroup = (hub: RunningHub) => process.kill(-(hub.process.pid ?? 0), 'SIGINT')
  const toNpm = (hub: RunningHub) => hub.process.kill('SIGTERM')

  test.for([
    ['Ctrl-C (SIGINT to the whole group)', toGroup],
    ['SIGTERM to npm alone', toNpm],
  ] as const)('through npm start, %s does the same', { timeout: 60_000 }, async ([, signal]) => {
    const { hub, rest } = await streaming({ npm: true })
    const hubProcess = Number(readFileSync(join(hub.dataDir, 'hub.pid'), 'utf8'))
    signal(hub)
    await hub.logged('stopping')
    expect((await fetch(`${hub.url}/readyz`)).status).toBe(503)
    const said = await rest()
    expect(said).toMatch(/data: \[DONE\]\n\n$/)
    expect(await hub.ended).toBe(0)
    expect(await connectionFailure(hub)).toBe('ECONNREFUSED')
    expect(() => process.kill(hubProcess, 0)).toThrow('ESRCH')
  })
})

test('no key, no credential and no prompt is ever logged or stored in the clear', async () => {
  const credential = 'credential-canary'
  const fileKey = 'file-key-canary-0123456789'
  const masterKey = Buffer.alloc(32, 'master-key-canary').toString('base64')
  const wrongKey = 'wrong-key-canary-0123456789'
  const prompt = 'prompt-canary'
  const upstream = createSimulator({ requireKey: credential })
  const server = await upstream.listen()
  onTestFinished(() => server.close())
  const hub = await hubForTest({
    env: {
      HUB_LOG_LEVEL: 'trace',
      HUB_DEMO: '1',
      HUB_MASTER_KEY: masterKey,
      LAB_KEY: credential,
      FILE_KEY: fileKey,
    },
    file: `
providers:
  - { id: lab, baseUrl: "${server.url}/v1", allowPrivateNetwork: true, credentials: [{ name: main, apiKey: "\${LAB_KEY}" }] }
  - { id: locked, baseUrl: "${server.url}/v1", allowPrivateNetwork: true, credentials: [{ name: main, apiKey: "\${LAB_KEY}-old" }] }
  - { id: gone, baseUrl: "${await refusingUrl()}/v1", allowPrivateNetwork: true, credentials: [{ name: main, apiKey: "\${LAB_KEY}" }] }
  - { id: shy, baseUrl: "${server.url}/v1", credentials: [{ name: main, apiKey: "\${LAB_KEY}" }] }
keys:
  - { name: ci, key: "\${FILE_KEY}", models: [lab/*] }
`,
  })

  async function ask(key: string, body: object, path = '/chat/completions'): Promise<number> {
    const response = await fetch(hub.baseURL + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: prompt }], ...body }),
    })
    await response.text().catch(() => {})
    return response.status
  }

  const statuses = [
    await ask(fileKey, { model: 'lab/chat' }),
    await ask(fileKey, { model: 'lab/chat', stream: true }),
    await ask(fileKey, { model: 'sim/chat' }),
    await ask(wrongKey, { model: 'lab/chat' }),
    await ask(hub.demoKey, { model: 'sim/error-500' }),
    await ask(adminKey, { model: 'sim/midstream', stream: true }),
    await ask(adminKey, { model: 'lab/error-401' }),
    await ask(adminKey, { model: 'lab/error-429' }),
    await ask(adminKey, { model: 'lab/error-500' }),
    await ask(adminKey, { model: 'locked/chat' }),
    await ask(adminKey, { model: 'gone/chat' }),
    await ask(adminKey, { model: 'shy/chat' }),
    await ask(adminKey, { model: 'no-such-model' }),
    await ask(adminKey, { model: 'lab/chat', messages: prompt }),
    await ask(adminKey, { model: 'lab/chat' }, `/nowhere?key=${wrongKey}`),
    await ask(adminKey, { model: 'lab/chat', junk: 'x'.repeat(33 * 1024 * 1024) }),
  ]
  expect(statuses).toEqual([
    200, 200, 403, 401, 502, 200, 502, 429, 502, 502, 502, 502, 404, 400, 404, 413,
  ])
  const port = Number(new URL(hub.url).port)
  const garbage = connect(port, '127.0.0.1')
  garbage.end(
    `GET / HTTP/1.1\r\nauthorization: Bearer ${adminKey}\r\nx-api-key ${wrongKey}\r\n\r\n`,
  )
  await text(garbage)

  expect(await hub.stop()).toBe(0)
  // Something was logged: a silent log would pass for a clean one.
  expect(hub.log()).toContain('"msg":"request failed"')
  expect(hub.log()).toContain('"msg":"request refused"')
  const secrets = [credential, adminKey, fileKey, wrongKey, hub.demoKey, masterKey, prompt]
  const stored = globSync('**/*', { cwd: hub.dataDir }).map((name) =>
    readFileSync(join(hub.dataDir, name), 'latin1'),
  )
  expect(stored.length).toBeGreaterThan(0)
  const found = (output: string) => secrets.filter((secret) => output.includes(secret))
  expect(found(hub.log())).toEqual([])
  expect(found(stored.join('\n'))).toEqual([])
})
