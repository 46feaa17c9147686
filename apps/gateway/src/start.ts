import { setTimeout as wait } from 'node:timers/promises'
import manifest from '../package.json' with { type: 'json' }
import { createApp } from './app.ts'
import { banner } from './banner.ts'
import { createCallsInFlight } from './calls-in-flight.ts'
import { compose } from './compose.ts'
import { readSettings } from './config.ts'
import { ConfigError } from './config-error.ts'
import { readHubFile } from './hub-file.ts'
import { createLog } from './log.ts'
import { assertPortFree, listen, portOf } from './port.ts'

/** How long calls may go on after the hub was told to stop. */
const drainMs = 30_000
/** How long those that were then given up may take to say so. */
const farewellMs = 2_000
/** A signal that comes twice within this is one: npm passes a Ctrl-C on that the hub has had already. */
const sameSignalMs = 1_000

async function start(): Promise<void> {
  const settings = readSettings(process.env)
  const hubFile = readHubFile(settings.hubFile, process.env)
  // Read once; children and crash reports have no business with them.
  delete process.env.HUB_MASTER_KEY
  delete process.env.HUB_ADMIN_KEY
  const log = createLog(settings.logLevel)
  await assertPortFree(settings)

  const hub = await compose(settings, hubFile, process.env, log)
  const calls = createCallsInFlight()
  let drainingSince: number | undefined
  const app = createApp({
    hub,
    log,
    tls: settings.tls,
    version: manifest.version,
    isDraining: () => drainingSince !== undefined,
    calls,
  })

  /** Takes no new calls, lets those under way end, and then goes. */
  const stop = async (signal: NodeJS.Signals) => {
    if (drainingSince !== undefined) {
      if (performance.now() - drainingSince > sameSignalMs) process.exit(130)
      return
    }
    drainingSince = performance.now()
    log.info({ signal, calls: calls.size }, 'stopping')
    // The door stays open meanwhile: /readyz and new calls are answered with a 503, not with silence.
    await Promise.race([calls.ended(), wait(drainMs)])
    calls.abandon()
    await Promise.race([calls.ended(), wait(farewellMs)])
    const closed = app.close()
    app.server.closeAllConnections()
    await closed
    await hub.close()
    process.exit(0)
  }
  // A terminal that closes sends SIGHUP.
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', stop)

  try {
    await listen(app, settings)
  } catch (error) {
    await hub.close()
    throw error
  }
  process.stdout.write(banner({ settings, port: portOf(app), hub, version: manifest.version }))
}

try {
  await start()
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`aigne-hub-gateway: ${error.message}\n`)
  process.exit(1)
}
