// A hub as its users get it: its own process, a real socket, a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'apps/gateway/src/main.ts')

/** Of the hub's environment, nothing is taken from whoever runs the tests. */
const cleanEnvironment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:HUB|AWS|AZURE|GOOGLE)_|_API_KEY$/.test(name),
    ),
  ),
  // Dozens of hubs: Node reads the source once for all of them.
  NODE_COMPILE_CACHE: join(tmpdir(), 'hub-test-compiled'),
}

export interface HubOptions {
  env?: Record<string, string>
  /** Text of its `hub.yaml`. */
  file?: string
  /** Used again after a stop or a crash; default: a new one. */
  folder?: string
  /** Through `npm start`; then `process` is npm's, and it leads a process group. Needs a `file`. */
  npm?: boolean
}

export interface RunningHub {
  url: string
  /** For OpenAI's clients. */
  baseURL: string
  demoKey: string
  /** What it has printed. */
  printed: string
  /** Its log lines so far. */
  log(): string
  /** Resolves once it has logged this. */
  logged(text: string): Promise<void>
  folder: string
  dataDir: string
  process: ChildProcess
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>
  /** Sends the signal and resolves as `ended`. */
  stop(signal?: NodeJS.Signals): Promise<number | string>
}

export interface EndedHub {
  code: number | null
  stdout: string
  stderr: string
}

export const adminKey = 'admin-key-for-the-tests'

export function hubFolder(): string {
  return mkdtempSync(join(tmpdir(), 'hub-test-'))
}

/** As `npm start` does it, a process group of its own, as a terminal gives one. */
function launchNpm(folder: string, env: Record<string, string>) {
  const files = { HUB_DATA_DIR: join(folder, 'data'), HUB_CONFIG: join(folder, 'hub.yaml') }
  return spawn('npm', ['start'], {
    cwd: root,
    env: { ...cleanEnvironment, HUB_PORT: '0', HUB_ADMIN_KEY: adminKey, ...files, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
}

function launchDirectly(folder: string, env: Record<string, string>) {
  return spawn(process.execPath, ['--conditions=@aigne-hub/source', main], {
    cwd: folder,
    env: { ...cleanEnvironment, HUB_PORT: '0', HUB_ADMIN_KEY: adminKey, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function launch({ env = {}, file, folder = hubFolder(), npm = false }: HubOptions) {
  if (file !== undefined) writeFileSync(join(folder, 'hub.yaml'), file)
  const child = npm ? launchNpm(folder, env) : launchDirectly(folder, env)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.stderr += text
  })
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  return { child, output, ended, folder }
}

/** Starts a hub that is expected to refuse to start; one that does start is ended at once (code null). */
export async function runToEnd(options: HubOptions): Promise<EndedHub> {
  const { child, output, ended, folder } = launch(options)
  child.stdout.once('data', () => child.kill('SIGKILL'))
  await ended
  if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
  return { code: child.exitCode, ...output }
}

/** Starts a hub and waits until it has printed where it listens. */
export async function startHub(options: HubOptions = {}): Promise<RunningHub> {
  const { child, output, ended, folder } = launch(options)
  const listening = new Promise<void>((resolve) => {
    child.stdout.on('data', () => {
      if (/Address[^\n]*\n([\s\S]*\n)?\n$/.test(output.stdout)) resolve()
    })
  })
  const early = await Promise.race([listening, ended])
  if (early !== undefined) throw new Error(`The hub ended with ${early}: ${output.stderr}`)
  const url = /Address\s+(\S+)/.exec(output.stdout)?.[1] ?? ''
  return {
    url,
    baseURL: `${url}/v1`,
    demoKey: /Demo key\s+(\S+)/.exec(output.stdout)?.[1] ?? '',
    printed: output.stdout,
    log: () => output.stderr,
    logged: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (!output.stderr.includes(text)) return
          child.stderr.off('data', look)
          resolve()
        }
        child.stderr.on('data', look)
        look()
      }),
    folder,
    dataDir: join(folder, 'data'),
    process: child,
    ended,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

/** Stops the hub and removes what it left. */
export async function discard(hub: RunningHub): Promise<void> {
  await hub.stop('SIGKILL')
  rmSync(hub.folder, { recursive: true, force: true })
}
