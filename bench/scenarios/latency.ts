import { Connection, type Timing } from '../http-exchange.ts'
import { chatRequest } from '../requests.ts'
import { checkAnswers, type Outcome, type Rig, type Scenario, withRig } from '../scenario.ts'
import type { Server } from '../servers.ts'
import { percentile } from '../statistics.ts'
import { formatTable, ms } from '../table.ts'

/** One exchange with each server in turn, again and again, so that all meet the same moments. */
async function alternate(
  servers: Server[],
  stream: boolean,
  exchanges: number,
): Promise<Timing[][]> {
  const requests = servers.map((server) => chatRequest(server, { stream }))
  const connections = await Promise.all(servers.map(({ port }) => Connection.open(port)))
  try {
    const timings: Timing[][] = servers.map(() => [])
    const warmUp = Math.ceil(exchanges / 4)
    for (let turn = -warmUp; turn < exchanges; turn++) {
      for (const [at, connection] of connections.entries()) {
        const { firstMs, totalMs } = await connection.exchange(requests[at] as Buffer)
        if (turn >= 0) timings[at]?.push({ firstMs, totalMs })
      }
    }
    return timings
  } finally {
    for (const connection of connections) connection.close()
  }
}

function quantiles(values: number[]): { p50: number; p99: number } {
  const sorted = Float64Array.from(values).sort()
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) }
}

/** What a server took, and what it took more than the direct call of the same turn. */
function summary(name: string, timings: Timing[], direct: Timing[]) {
  const added = (value: (timing: Timing) => number) =>
    quantiles(timings.map((timing, turn) => value(timing) - value(direct[turn] as Timing)))
  return {
    name,
    firstMs: quantiles(timings.map(({ firstMs }) => firstMs)),
    totalMs: quantiles(timings.map(({ totalMs }) => totalMs)),
    addedFirstMs: added(({ firstMs }) => firstMs),
    addedTotalMs: added(({ totalMs }) => totalMs),
  }
}

async function compare({ direct, bare, hub }: Rig, stream: boolean, exchanges: number) {
  const servers = [direct, bare, hub]
  const timings = await alternate(servers, stream, exchanges)
  return servers.map(({ name }, at) =>
    summary(name, timings[at] as Timing[], timings[0] as Timing[]),
  )
}

function tableOf(title: string, rows: ReturnType<typeof summary>[]): string {
  const pair = ({ p50, p99 }: { p50: number; p99: number }) => `${ms(p50)} / ${ms(p99)}`
  return formatTable([
    [title, 'first byte', 'whole', 'added to first byte', 'added to whole'],
    ...rows.map((row, at) => [
      row.name,
      pair(row.firstMs),
      pair(row.totalMs),
      ...(at === 0 ? [] : [pair(row.addedFirstMs), pair(row.addedTotalMs)]),
    ]),
  ])
}

export const latency: Scenario = {
  summary: 'time added to one call at a time: first byte and whole answer, JSON and streams',
  run: (settings): Promise<Outcome> =>
    withRig(settings, async (rig) => {
      for (const server of [rig.direct, rig.bare, rig.hub]) await checkAnswers(server)
      const json = await compare(rig, false, settings.exchanges)
      const streams = await compare(rig, true, settings.exchanges)
      const how = `1 connection, ${settings.exchanges} exchanges with each in turn, ms as p50 / p99`
      return {
        text: [how, tableOf('JSON', json), tableOf('50-chunk stream', streams)].join('\n\n'),
        data: { settings, json, streams },
      }
    }),
}
