import type { ChildProcess } from 'node:child_process'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** What a process has used since it started. */
export interface ProcessCost {
  /** User and system time of all its threads. */
  cpuMs: number
  residentBytes: number
  peakResidentBytes: number
}

/** Where the kernel does not tell, the process itself must: see `report-cost.ts`. */
export const kernelTells = existsSync('/proc/self/stat')

let clockTicks: number | undefined
/** Clock ticks a second, the unit of times in `/proc/<pid>/stat`. */
function ticksPerSecond(): number {
  clockTicks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  return clockTicks
}

/** Source: proc(5), `/proc/<pid>/stat` fields 14 and 15, `/proc/<pid>/status`. */
function readFromKernel(pid: number): ProcessCost {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in field 2 may hold spaces and brackets: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return {
    cpuMs: (ticks * 1000) / ticksPerSecond(),
    residentBytes: bytes('VmRSS'),
    peakResidentBytes: bytes('VmHWM'),
  }
}

export async function processCost(child: ChildProcess): Promise<ProcessCost> {
  if (child.pid === undefined) throw new Error('The process did not start.')
  if (kernelTells) return readFromKernel(child.pid)
  return new Promise((resolve) => {
    child.once('message', (cost) => resolve(cost as ProcessCost))
    child.send('cost')
  })
}
