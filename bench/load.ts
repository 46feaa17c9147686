import { Connection } from './http-exchange.ts'
import type { Server } from './servers.ts'

export interface Load {
  request: Buffer
  connections: number
  durationMs: number
}

export interface LoadResult {
  perSecond: number
  /** User and system time of the server, a request. */
  cpuMs: number
  /** Whole answers, sorted. */
  latenciesMs: Float64Array
}

// More than any server here answers in the longest round.
const maxRequests = 1_000_000

/**
 * Keeps every connection busy until the time is over, then waits for what is under way.
 * @throws Error at the first answer that is not 200: a rate of failures is not worth knowing.
 */
export async function runLoad(server: Server, load: Load): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => Connection.open(server.port)),
  )
  try {
    const latencies = new Float64Array(maxRequests)
    const costBefore = await server.cost()
    const startedAt = performance.now()
    const completed = await keepBusy(connections, load, latencies)
    const elapsedMs = performance.now() - startedAt
    const costAfter = await server.cost()
    return {
      perSecond: (completed / elapsedMs) * 1000,
      cpuMs: (costAfter.cpuMs - costBefore.cpuMs) / completed,
      latenciesMs: latencies.slice(0, completed).sort(),
    }
  } finally {
    for (const connection of connections) connection.close()
  }
}

function keepBusy(connections: Connection[], load: Load, latencies: Float64Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const deadline = performance.now() + load.durationMs
    let completed = 0
    let busy = connections.length
    for (const connection of connections) {
      const next = () => connection.send(load.request, done, reject)
      const done = ({ totalMs }: { totalMs: number }) => {
        latencies[completed++] = totalMs
        if (performance.now() < deadline && completed + busy < maxRequests) next()
        else if (--busy === 0) resolve(completed)
      }
      next()
    }
  })
}
