import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { kernelTells, type ProcessCost, processCost } from './process-cost.ts'

/** A program under measurement, in a process of its own. */
export interface Server {
  name: string
  port: number
  /** What a caller names and shows. */
  model: string
  /** The same, reached in another dialect; absent where nothing is translated. */
  translatedModel?: string
  apiKey: string
  /** When the process was asked for, on the clock of `performance.now()`. */
  spawnedAt: number
  cost(): Promise<ProcessCost>
  stop(): Promise<void>
}

interface Program {
  name: string
  file: URL
  port: number
  model: string
  translatedModel?: string
  apiKey: string
  environment: Record<string, string>
}

const startLimitMs = 30_000
const stopLimitMs = 5_000
const startedProcesses = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of startedProcesses) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** A port that is free now: a server that reads its port from the environment cannot choose one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port to listen on.')
  return address.port
}

/** Starts a program with nothing of our own environment but the path, so that it finds no keys there. */
function launch(program: Program): Server & { child: ChildProcess; output: () => string } {
  const reporter = new URL('./report-cost.ts', import.meta.url).href
  const spawnedAt = performance.now()
  const child = spawn(
    process.execPath,
    [
      '--conditions=@aigne-hub/source',
      ...(kernelTells ? [] : ['--import', reporter]),
      fileURLToPath(program.file),
    ],
    {
      env: { PATH: process.env.PATH ?? '', ...program.environment },
      stdio: ['ignore', 'pipe', 'pipe', ...(kernelTells ? [] : ['ipc' as const])],
    },
  )
  startedProcesses.add(child)
  child.once('exit', () => startedProcesses.delete(child))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000)
    })
  }
  const { file: _, environment: __, ...told } = program
  return {
    ...{ ...told, spawnedAt, child },
    output: () => output,
    cost: () => processCost(child),
    stop: () => stop(child),
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const killer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
  child.kill('SIGTERM')
  await once(child, 'exit')
  clearTimeout(killer)
}

/** Starts `program` and waits until `path` answers 200. @throws Error with its output when it does not. */
async function start(program: Program, path: string): Promise<Server> {
  const server = launch(program)
  const url = `http://127.0.0.1:${program.port}${path}`
  const answers = () =>
    fetch(url)
      .then((answer) => answer.ok)
      .catch(() => false)
  while (!(await answers())) {
    const isOver = server.child.exitCode !== null || server.child.signalCode !== null
    if (isOver || performance.now() - server.spawnedAt > startLimitMs) {
      await server.stop()
      throw new Error(`${program.name} did not start.\n${server.output()}`)
    }
    await wait(2)
  }
  return server
}

export async function startUpstream(): Promise<Server> {
  const port = await freePort()
  const file = new URL('./upstream.ts', import.meta.url)
  const environment = { BENCH_PORT: String(port) }
  return start({ name: 'direct', file, port, model: 'static', apiKey: 'none', environment }, '/')
}

export async function startBareProxy(upstream: Server, name = 'bare'): Promise<Server> {
  const port = await freePort()
  const file = new URL('./bare-proxy.ts', import.meta.url)
  const environment = {
    BENCH_PORT: String(port),
    BENCH_UPSTREAM: `http://127.0.0.1:${upstream.port}`,
  }
  return start({ name, file, port, model: 'static', apiKey: 'none', environment }, '/healthz')
}

const hubApiKey = 'bench-key-of-a-caller-0123456789'

function hubConfig(upstream: Server): string {
  return `providers:
  - id: bench
    dialect: openai
    baseUrl: http://127.0.0.1:${upstream.port}/v1
    allowPrivateNetwork: true
    credentials: [{ name: main, apiKey: bench-key }]
  - id: bench-messages
    dialect: anthropic
    baseUrl: http://127.0.0.1:${upstream.port}/v1
    allowPrivateNetwork: true
    credentials: [{ name: main, apiKey: bench-key }]
keys:
  - { name: bench, key: ${hubApiKey} }
`
}

/** A new folder for a hub: its configuration and its data. */
export function hubFolder(upstream: Server): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'hub-bench-'))
  writeFileSync(join(path, 'hub.yaml'), hubConfig(upstream))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** The hub over `folder`, answering `readyPath` with 200. */
export async function startHub(folder: string, readyPath = '/readyz'): Promise<Server> {
  const port = await freePort()
  const file = new URL('../apps/gateway/src/main.ts', import.meta.url)
  const environment = {
    HUB_PORT: String(port),
    HUB_DATA_DIR: join(folder, 'data'),
    HUB_CONFIG: join(folder, 'hub.yaml'),
  }
  const models = { model: 'bench/static', translatedModel: 'bench-messages/static' }
  return start({ name: 'hub', file, port, ...models, apiKey: hubApiKey, environment }, readyPath)
}
