// What we would publish, as a stranger gets it: packed, installed by npm from a registry into an empty
// project, run by plain Node without our build conditions.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { serveTarballs } from './registry.ts'

const execute = promisify(execFile)
const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))
const readJson = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'))

/** The Node that the repository brings, and the oldest that the libraries and the gateway promise to run on. */
const ourNode = ['our Node', process.execPath] as const
const librariesOldest = ['Node 22.19', require.resolve('node-22/bin/node')] as const
const gatewaysOldest = ['Node 24.7', require.resolve('node-24/bin/node')] as const
const libraries = readdirSync(join(root, 'packages')).map((folder) => {
  const { name, exports } = readJson(`packages/${folder}/package.json`)
  return { name: name as string, entries: Object.keys(exports) }
})

const scratch = mkdtempSync(join(tmpdir(), 'hub-packed-'))
let registry: Awaited<ReturnType<typeof serveTarballs>>
/** A stranger's shell: nothing of the hub's, and none of our tools on the path but Node. */
let shell: Record<string, string | undefined>

beforeAll(async () => {
  const { packageManager } = readJson('package.json')
  const filters = ['--filter', './packages/*', '--filter', './apps/gateway']
  const pack = ['-r', ...filters, 'pack', '--json', '--pack-destination', scratch]
  const { stdout } = await execute('npx', ['--yes', packageManager, ...pack], { cwd: root })
  const packed: { filename: string }[] = JSON.parse(stdout)
  registry = await serveTarballs(packed.map(({ filename }) => filename))

  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(HUB_|VITEST|NODE_(ENV|OPTIONS)$)|_API_KEY$/.test(name),
  )
  const path = process.env.PATH?.split(delimiter).filter((one) => !one.includes('node_modules'))
  shell = {
    ...Object.fromEntries(inherited),
    PATH: [dirname(process.execPath), ...(path ?? [])].join(delimiter),
    'npm_config_@aigne-hub:registry': registry.url,
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  }
})

afterAll(() => {
  registry.close()
  rmSync(scratch, { recursive: true, force: true })
})

const emptyFolder = (label: string) => mkdtempSync(join(scratch, `${label}-`))

/** First ```ts block of a README, and the ```text block behind it that holds what it prints. */
function snippetOf(readme: string): { code: string; prints: string } {
  const match = /```ts\n([\s\S]*?)```\s*```text\n([\s\S]*?)```/.exec(readme)
  if (!match) throw new Error('The README has no ```ts block followed by a ```text block.')
  return { code: match[1] as string, prints: match[2] as string }
}

/** An empty project with these packages installed, and a function that runs programs in it. */
async function projectWith(...names: string[]) {
  const folder = emptyFolder('project')
  const run = (program: string, ...args: string[]) =>
    execute(program, args, { cwd: folder, env: shell, timeout: 60_000 })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  await run('npm', 'install', ...names)
  return { folder, run }
}

describe.each(libraries)('$name, installed alone', ({ name, entries }) => {
  let project: Awaited<ReturnType<typeof projectWith>>
  beforeAll(async () => {
    project = await projectWith(name)
  })

  test.each([ourNode, librariesOldest])('runs the snippet of its README on %s', async (_, node) => {
    const readme = readFileSync(join(project.folder, 'node_modules', name, 'README.md'), 'utf8')
    const { code, prints } = snippetOf(readme)
    writeFileSync(join(project.folder, 'snippet.ts'), code)
    const { stdout } = await project.run(node, 'snippet.ts')
    expect(stdout).toBe(prints)
  })

  test('has declarations that TypeScript follows to the end', async () => {
    const exports = entries.map((entry) => `export * from '${join(name, entry)}'\n`)
    writeFileSync(join(project.folder, 'exports.ts'), exports.join(''))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023']
    await project.run(process.execPath, tsc, ...strict, ...types, 'exports.ts')
  })
})

test('the store, installed alone, finds the thread that checkpoints', async () => {
  const { folder, run } = await projectWith('@aigne-hub/store')
  const code = `
    import { openStore } from '@aigne-hub/store'
    const { promise, resolve } = Promise.withResolvers()
    const onEvent = (event) => event.type !== 'wal_synced' && resolve(event)
    const waiting = setTimeout(() => resolve({ type: 'nothing' }), 10_000)
    const store = await openStore({ dataDir: 'data', upkeep: { checkpointMs: 1 }, onEvent })
    await store.settings.set('greeting', 'hello')
    console.log((await promise).type)
    clearTimeout(waiting)
    await store.close()`
  writeFileSync(join(folder, 'checkpoint.js'), code)
  const { stdout } = await run(process.execPath, 'checkpoint.js')
  expect(stdout).toBe('checkpointed\n')
})

test('the embedding example runs in a project of its own', async () => {
  const { dependencies } = readJson('examples/embed/package.json')
  const { folder, run } = await projectWith(...Object.keys(dependencies))
  copyFileSync(join(root, 'examples/embed/main.ts'), join(folder, 'main.ts'))
  const { stdout } = await run(process.execPath, 'main.ts')
  expect(stdout).toContain('simulator')
})

/** npm's cache without the programs npx has installed: one of them is our last build. */
async function cacheWithoutPrograms(): Promise<string> {
  const { stdout } = await execute('npm', ['config', 'get', 'cache'], { cwd: root })
  const content = join(stdout.trim(), '_cacache')
  mkdirSync(content, { recursive: true })
  const cache = emptyFolder('cache')
  symlinkSync(content, join(cache, '_cacache'))
  return cache
}

async function startByNpx(folder: string, node: string) {
  const hub = spawn('npx', ['--yes', '@aigne-hub/gateway'], {
    cwd: folder,
    env: {
      ...shell,
      PATH: `${dirname(node)}${delimiter}${shell.PATH}`,
      npm_config_cache: await cacheWithoutPrograms(),
      HUB_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  onTestFinished(() => {
    const isRunning = hub.exitCode === null && hub.signalCode === null
    if (isRunning) process.kill(-(hub.pid as number), 'SIGKILL')
  })
  const ended = once(hub, 'exit')
  const printed = await new Promise<string>((resolve, reject) => {
    let text = ''
    hub.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      if (/curl.*\n\n/.test(text)) resolve(text)
    })
    ended.then(([code]) => reject(new Error(`The gateway ended with ${code}: ${text}`)), reject)
  })
  return { ended, printed }
}

describe('the gateway, run by npx in an empty folder', () => {
  test.each([ourNode, gatewaysOldest])(
    'answers its demo key on %s and goes when it is told',
    async (_, node) => {
      const folder = emptyFolder('gateway')
      const { ended, printed } = await startByNpx(folder, node)
      const baseURL = `${/Address\s+(\S+)/.exec(printed)?.[1]}/v1`
      const apiKey = /Demo key\s+(\S+)/.exec(printed)?.[1] ?? ''
      const answer = await new OpenAI({ baseURL, apiKey }).chat.completions.create({
        model: 'sim/chat',
        messages: [{ role: 'user', content: 'Hello!' }],
      })
      expect(answer.choices[0]?.message.content).toMatch(/simulat/i)

      const [curl = ''] = /curl .*/.exec(printed) ?? []
      const { stdout } = await execute('sh', ['-c', curl], { env: shell })
      expect(JSON.parse(stdout).choices[0].message.content).toMatch(/simulat/i)

      // The hub itself is told: told so, npx would end its shell and leave the hub alone.
      process.kill(Number(readFileSync(join(folder, 'data/hub.pid'), 'utf8')), 'SIGTERM')
      expect(await ended).toEqual([0, null])
    },
  )
})
