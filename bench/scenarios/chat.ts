import type { Scenario } from '../scenario.ts'
import { runThroughput } from '../throughput.ts'

export const chat: Scenario = {
  summary: 'chat completions as JSON: requests per second, CPU per request, memory',
  run: (settings) => runThroughput({ stream: false, connections: 32 }, settings),
}
