// npm run bench -- [scenario …] [--quick] [--json <file>] [--calibrate]
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import type { Scenario, Settings } from './scenario.ts'
import { chat } from './scenarios/chat.ts'
import { latency } from './scenarios/latency.ts'
import { start } from './scenarios/start.ts'
import { stream } from './scenarios/stream.ts'
import { translate } from './scenarios/translate.ts'

const scenarios: Record<string, Scenario> = { chat, stream, translate, latency, start }

function usage(): string {
  const list = Object.entries(scenarios).map(
    ([name, { summary }]) => `  ${name.padEnd(10)}${summary}`,
  )
  return [
    'npm run bench -- [scenario …] [--quick] [--json <file>] [--calibrate]',
    '',
    ...list,
    '',
    '  --quick      short rounds: for a first look, not for a figure',
    '  --json       also writes what was found to <file>',
    '  --calibrate  a second bare proxy in the place of the hub: what the noise of this machine is',
  ].join('\n')
}

function settingsFor({ quick, calibrate }: { quick: boolean; calibrate: boolean }): Settings {
  return quick
    ? { rounds: 3, roundMs: 1000, exchanges: 300, starts: 2, calibrate }
    : { rounds: 5, roundMs: 3000, exchanges: 2000, starts: 5, calibrate }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      calibrate: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const unknown = positionals.filter((name) => !Object.hasOwn(scenarios, name))
  if (values.help || unknown.length > 0) {
    console.log(usage())
    process.exitCode = values.help ? 0 : 1
    return
  }
  const machine = describeMachine()
  console.log(
    `commit ${machine.commit}, Node ${machine.node}, ${machine.cores} × ${machine.cpu}, load before ${machine.loadBefore.toFixed(2)}`,
  )
  const settings = settingsFor(values)
  const found: Record<string, object> = {}
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const { text, data } = await scenario.run(settings)
    console.log(`\n${name}: ${text}`)
    found[name] = data
  }
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine, scenarios: found }, null, 2)}\n`)
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
