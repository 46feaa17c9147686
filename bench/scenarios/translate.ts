import type { Scenario } from '../scenario.ts'
import { runThroughput } from '../throughput.ts'

export const translate: Scenario = {
  summary:
    'the same streams from a provider that speaks Anthropic’s dialect: what translating costs',
  run: (settings) => runThroughput({ stream: true, translated: true, connections: 16 }, settings),
}
