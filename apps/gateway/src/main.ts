#!/usr/bin/env node
import { setTimeout as wait } from 'node:timers/promises'
import manifest from '../package.json' with { type: 'json' }
import { createApp } from './app.ts'
import { banner } from './banner.ts'
import { compose } from './compose.ts'
import { readSettings } from './config.ts'
import { ConfigError } from './config-error.ts'
import { readHubFile } from './hub-file.ts'
import { createLog } from './log.ts'
import { assertPortFree, portOf } from './port.ts'
import { abandonCalls, type CallsInFlight } from './surface.ts'

/** How long streams may go on after the hub was told to stop. */
const drainMs = 30_000

async function start(): Promise<void> {
  const settings = readSettings(process.env)
  const hubFile = readHubFile(settings.hubFile, process.env)
  // Read once; children and crash reports have no business with them.
  delete process.env.HUB_MASTER_KEY
  delete process.env.HUB_ADMIN_KEY
  const log = createLog(settings.logLevel)
  await assertPortFree(settings)

  const hub = await compose(settings, hubFile, process.env, log)
  const calls: CallsInFlight = new Set()
  let draining = false
  const app = createApp({
    hub,
    log,
    tls: settings.tls,
    version: manifest.version,
    isDraining: () => draining,
    calls,
  })
  await app.listen({ host: settings.host, port: settings.port })
  process.stdout.write(banner({ settings, port: portOf(app), hub, version: manifest.version }))

  const stop = async (signal: NodeJS.Signals) => {
    if (draining) process.exit(130)
    draining = true
    log.info({ signal, calls: calls.size }, 'stopping')
    const closed = app.close()
    await Promise.race([closed, wait(drainMs, undefined, { ref: false })])
    abandonCalls(calls)
    await closed
    await hub.close()
    process.exit(0)
  }
  process.on('SIGTERM', stop).on('SIGINT', stop)
}

try {
  await start()
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`aigne-hub-gateway: ${error.message}\n`)
  process.exit(1)
}
