// A hub as its users get it: its own process, a real socket, a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'apps/gateway/src/main.ts')

/** Of the hub's environment, nothing is taken from whoever runs the tests. */
const cleanEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^HUB_|_API_KEY$/.test(name)),
)

export interface HubOptions {
  env?: Record<string, string>
  /** Text of its `hub.yaml`. */
  file?: string
  /** Used again after a stop or a crash; default: a new one. */
  folder?: string
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
  folder: string
  dataDir: string
  process: ChildProcess
  /** Sends the signal and resolves to the exit code, or to the signal that ended it. */
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

function launch({ env = {}, file, folder = hubFolder() }: HubOptions) {
  if (file !== undefined) writeFileSync(join(folder, 'hub.yaml'), file)
  const child = spawn(process.execPath, ['--conditions=@aigne-hub/source', main], {
    cwd: folder,
    env: { ...cleanEnvironment, HUB_PORT: '0', HUB_ADMIN_KEY: adminKey, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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

/** Starts a hub that is expected to refuse to start. */
export async function runToEnd(options: HubOptions): Promise<EndedHub> {
  const { child, output, ended } = launch(options)
  await ended
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
    folder,
    dataDir: join(folder, 'data'),
    process: child,
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
