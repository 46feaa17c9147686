import type { Scenario } from '../scenario.ts'
import { runThroughput } from '../throughput.ts'

export const stream: Scenario = {
  summary: 'chat completions as streams of 50 chunks: streams per second, CPU per stream, memory',
  run: (settings) => runThroughput({ stream: true, connections: 16 }, settings),
}
