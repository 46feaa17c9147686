// Loaded into a measured process (`--import`) where there is no /proc: answers `cost` over IPC.
import type { ProcessCost } from './process-cost.ts'

process.on('message', (message) => {
  if (message !== 'cost') return
  const { user, system } = process.cpuUsage()
  const cost: ProcessCost = {
    cpuMs: (user + system) / 1000,
    residentBytes: process.memoryUsage.rss(),
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
  }
  process.send?.(cost)
})
process.channel?.unref()
