import { Connection } from '../http-exchange.ts'
import { chatRequest } from '../requests.ts'
import type { Outcome, Scenario, Settings } from '../scenario.ts'
import { hubFolder, type Server, startBareProxy, startHub, startUpstream } from '../servers.ts'
import { type Spread, spread } from '../statistics.ts'
import { formatTable } from '../table.ts'

/** Milliseconds from asking for the process. */
interface Start {
  healthMs: number
  chatMs: number
}

async function measureStart(server: Server): Promise<Start> {
  const healthMs = performance.now() - server.spawnedAt
  try {
    const connection = await Connection.open(server.port)
    await connection.exchange(chatRequest(server, { stream: false }))
    const chatMs = performance.now() - server.spawnedAt
    connection.close()
    return { healthMs, chatMs }
  } finally {
    await server.stop()
  }
}

async function startHubTwice(upstream: Server): Promise<{ first: Start; again: Start }> {
  const folder = hubFolder(upstream)
  try {
    const first = await measureStart(await startHub(folder.path, '/healthz'))
    const again = await measureStart(await startHub(folder.path, '/healthz'))
    return { first, again }
  } finally {
    folder.remove()
  }
}

async function measureStarts(upstream: Server, { starts, calibrate }: Settings) {
  const found: Record<string, Start[]> = {}
  const add = (name: string, start: Start) => {
    found[name] = [...(found[name] ?? []), start]
  }
  for (let round = 0; round < starts; round++) {
    add('bare', await measureStart(await startBareProxy(upstream)))
    if (calibrate) continue
    const { first, again } = await startHubTwice(upstream)
    add('hub, new data folder', first)
    add('hub, started before', again)
  }
  return Object.entries(found).map(([name, starts]) => ({
    name,
    healthMs: spread(starts.map(({ healthMs }) => healthMs)),
    chatMs: spread(starts.map(({ chatMs }) => chatMs)),
  }))
}

export const start: Scenario = {
  summary: 'from starting the process to the first answer',
  async run(settings): Promise<Outcome> {
    const upstream = await startUpstream()
    try {
      const rows = await measureStarts(upstream, settings)
      const cell = ({ min, median }: Spread) => `${min.toFixed(0)} / ${median.toFixed(0)}`
      const table = formatTable([
        ['', '/healthz', 'first chat answer'],
        ...rows.map((row) => [row.name, cell(row.healthMs), cell(row.chatMs)]),
      ])
      const how = `${settings.starts} starts, ms from spawning the process, best / median`
      return { text: `${how}\n\n${table}`, data: { settings, rows } }
    } finally {
      await upstream.stop()
    }
  },
}
