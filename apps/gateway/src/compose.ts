import { randomUUID } from 'node:crypto'
import { type Catalogue, createCatalogue, createRouter, type Router } from '@aigne-hub/core'
import {
  type ApiKeyRow,
  type ApiKeySource,
  type CallerDirectory,
  createCallerDirectory,
  deriveDemoKey,
  digestApiKey,
  maskApiKey,
  mayUseModel,
} from '@aigne-hub/identity'
import { createUndiciTransport } from '@aigne-hub/providers/undici'
import { createSimulator } from '@aigne-hub/simulator'
import { openStore, type Store } from '@aigne-hub/store'
import type { Environment, Settings } from './config.ts'
import { ConfigError } from './config-error.ts'
import type { HubFile } from './hub-file-schema.ts'
import type { Logger } from './log.ts'
import { generatedMasterKey, givenMasterKey } from './master-key.ts'
import { configuredProviders, demoProvider } from './providers.ts'

/** Everything that stands behind the HTTP service. */
export interface Hub {
  router: Router
  catalogue: () => Catalogue
  callers: () => CallerDirectory
  /** Absent when the demo is off. */
  demoKey: string | undefined
  /** Writes what is waiting and lets go of the data folder. */
  close(): Promise<void>
}

/** Demo, admin and file keys belong to nobody: they act for the installation itself. */
const systemAccount = 'system'

/** The one place where the packages meet. @throws ConfigError */
export async function compose(
  settings: Settings,
  hubFile: HubFile,
  environment: Environment,
  log: Logger,
): Promise<Hub> {
  const given = givenMasterKey(settings.masterKey)
  const providers = configuredProviders(hubFile, environment)
  const demo = settings.demo ?? providers.length === 0

  const store = await openData(settings.dataDir, log)
  const masterKey = given ?? ownMasterKey(settings.dataDir, log)
  const demoKey = demo ? deriveDemoKey(masterKey) : undefined
  await store.apiKeys.declare(declaredKeys(settings, hubFile, demoKey?.key))
  const callers = createCallerDirectory(await store.apiKeys.list())

  const catalogue = createCatalogue({
    providers: demo ? [...providers, demoProvider(createSimulator({ pace: 'demo' }))] : providers,
    aliases: hubFile.models.map(({ id, targets }) => ({ id, target: targets[0] as string })),
  })
  const transport = createUndiciTransport()
  const router = createRouter({
    catalogue: () => catalogue,
    transport,
    recorder: store.requests,
    mayUseModel,
  })
  return {
    router,
    catalogue: () => catalogue,
    callers: () => callers,
    demoKey: demoKey?.key,
    async close() {
      await transport.close()
      await store.close()
    },
  }
}
