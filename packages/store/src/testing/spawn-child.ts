import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const script = fileURLToPath(new URL('./child.ts', import.meta.url))

export interface Child {
  process: ChildProcess
  /** The complete lines it has said so far. */
  lines: string[]
  /** Resolves when it has said that many lines, or has ended. */
  said(lines: number): Promise<void>
  /** Resolves when it has ended and all it said is here. */
  ended: Promise<{ code: number | null; errors: string }>
}

/** Starts `child.ts`; it is killed when the test ends. */
export function spawnChild(
  mode: 'open' | 'record' | 'leave',
  dataDir: string,
  options: Pick<SpawnOptions, 'uid' | 'gid'> = {},
): Child {
  const child = spawn(process.execPath, ['--conditions=@aigne-hub/source', script, mode, dataDir], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options,
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  let errors = ''
  let rest = ''
  let wake = () => {}
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    wake()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  let hasEnded = false
  const ended = once(child, 'close').then(([code]) => {
    hasEnded = true
    wake()
    return { code: code as number | null, errors }
  })
  return {
    process: child,
    lines,
    ended,
    async said(count) {
      while (lines.length < count && !hasEnded) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
