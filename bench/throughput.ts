import { type LoadResult, runLoad } from './load.ts'
import type { ProcessCost } from './process-cost.ts'
import { type Asked, chatRequest } from './requests.ts'
import { checkAnswers, type Outcome, type Settings, withRig } from './scenario.ts'
import type { Server } from './servers.ts'
import { median, percentile, type Spread, spread } from './statistics.ts'
import { count, formatTable, megabytes, ms, ratio } from './table.ts'

// Long enough for the compiler to have settled, also in short rounds.
const warmUpMs = 3000

interface Kind extends Asked {
  connections: number
}

interface Measured {
  name: string
  rounds: LoadResult[]
  idle: ProcessCost
  after: ProcessCost
}

/**
 * Loads the bare proxy and the hub in turn, and compares each round of the hub with the bare round
 * next to it: what else happens on the machine hits both.
 */
export function runThroughput(kind: Kind, settings: Settings): Promise<Outcome> {
  return withRig(settings, async ({ direct, bare, hub }) => {
    const servers = [direct, bare, hub]
    const idle = await Promise.all(servers.map((server) => server.cost()))
    for (const server of servers) await checkAnswers(server, kind.translated)
    const load = (server: Server, durationMs: number) =>
      runLoad(server, {
        request: chatRequest(server, kind),
        connections: kind.connections,
        durationMs,
      })

    const rounds = servers.map((): LoadResult[] => [])
    const measure = async (at: number) => {
      rounds[at]?.push(await load(servers[at] as Server, settings.roundMs))
    }
    for (const server of servers) await load(server, warmUpMs)
    await measure(0)
    for (let round = 0; round < settings.rounds; round++) {
      // They take turns in going first.
      for (const at of round % 2 === 0 ? [1, 2] : [2, 1]) await measure(at)
    }
    const after = await Promise.all(servers.map((server) => server.cost()))
    return report(
      kind,
      settings,
      servers.map(({ name }, index) => ({
        name,
        rounds: rounds[index] as LoadResult[],
        idle: idle[index] as ProcessCost,
        after: after[index] as ProcessCost,
      })),
    )
  })
}

function summary({ name, rounds, idle, after }: Measured) {
  const overRounds = (value: (round: LoadResult) => number) => median(rounds.map(value))
  return {
    name,
    perSecond: overRounds(({ perSecond }) => perSecond),
    cpuMs: overRounds(({ cpuMs }) => cpuMs),
    p50Ms: overRounds(({ latenciesMs }) => percentile(latenciesMs, 0.5)),
    p99Ms: overRounds(({ latenciesMs }) => percentile(latenciesMs, 0.99)),
    idleBytes: idle.residentBytes,
    peakBytes: after.peakResidentBytes,
  }
}

function pairedRatio(hub: Measured, bare: Measured, value: (round: LoadResult) => number): Spread {
  return spread(hub.rounds.map((round, at) => value(round) / value(bare.rounds[at] as LoadResult)))
}

function report(kind: Kind, settings: Settings, measured: Measured[]): Outcome {
  const [, bare, hub] = measured as [Measured, Measured, Measured]
  const unit = kind.stream ? 'stream' : 'request'
  const rows = measured.map(summary)
  const ratios = {
    perSecond: pairedRatio(hub, bare, ({ perSecond }) => perSecond),
    cpuMs: pairedRatio(hub, bare, ({ cpuMs }) => cpuMs),
  }
  const table = formatTable([
    ['', `${unit}s/s`, `CPU ms/${unit}`, 'p50 ms', 'p99 ms', 'idle', 'peak'],
    ...rows.map((row) => [
      row.name,
      count(row.perSecond),
      ms(row.cpuMs),
      ms(row.p50Ms),
      ms(row.p99Ms),
      megabytes(row.idleBytes),
      megabytes(row.peakBytes),
    ]),
    [`${hub.name} / bare`, ratio(ratios.perSecond), ratio(ratios.cpuMs)],
  ])
  const how = `${kind.connections} connections, ${settings.rounds} rounds of ${settings.roundMs / 1000} s`
  return { text: `${how}\n\n${table}`, data: { ...kind, settings, rows, ratios } }
}
