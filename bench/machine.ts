import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg } from 'node:os'

export interface Machine {
  /** Short hash, with ` + changes` behind it when the checkout is not clean. */
  commit: string
  node: string
  cpu: string
  cores: number
  /** Processes that wanted a core in the minute before: above 0, somebody else is at work. */
  loadBefore: number
  date: string
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  try {
    const changes = git('status', '--porcelain') === '' ? '' : ' + changes'
    return git('rev-parse', '--short=12', 'HEAD') + changes
  } catch {
    return 'unknown'
  }
}

export function describeMachine(): Machine {
  return {
    commit: commit(),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    loadBefore: loadavg()[0] ?? 0,
    date: new Date().toISOString(),
  }
}
