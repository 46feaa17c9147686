import {
  type Catalogue,
  createCatalogue,
  createRouter,
  type MemoryBudget,
  type Recorder,
  type Router,
} from '@aigne-hub/core'
import {
  type CallerDirectory,
  createCallerDirectory,
  deriveDemoKey,
  digestApiKey,
  maskApiKey,
  mayUseModel,
} from '@aigne-hub/identity'
import { HubError, type Provider } from '@aigne-hub/protocol'
import { sim } from '@aigne-hub/providers'
import { createUndiciTransport } from '@aigne-hub/providers/undici'
import { createSimulator } from '@aigne-hub/simulator'
import { type DeclaredApiKey, openStore, type Store, StoreError } from '@aigne-hub/store'
import { createEnvelope } from '@aigne-hub/vault'
import type { Environment, Settings } from './config.ts'
import { ConfigError } from './config-error.ts'
import type { HubFile } from './hub-file-schema.ts'
import { causeFields, type Logger } from './log.ts'
import { givenMasterKey, keepMasterKey, newMasterKey, storedMasterKey } from './master-key.ts'
import { type AskProvider, createAskProvider } from './provider-answers.ts'
import { declaredProvider, providersFromEnvironment } from './providers.ts'
import { createMemoryBudget } from './request-body.ts'
import { type AnswerKeeping, sealedAnswers } from './stored-answers.ts'

/** Everything that stands behind the HTTP service. */
export interface Hub {
  router: Router
  /** For bodies of requests, and files that they name. */
  memory: MemoryBudget
  catalogue: () => Catalogue
  callers: () => CallerDirectory
  /** What is stored; new answers only come in while that is switched on. */
  answers: AnswerKeeping
  askProvider: AskProvider
  /** Absent when the demo is off. */
  demoKey: string | undefined
  /** Writes what is waiting and lets go of the data folder. */
  close(): Promise<void>
}

/** What requests may take of the memory, all of them together. */
const requestBytes = 256 * 1024 * 1024

/** Demo, admin and file keys belong to nobody: they act for the installation itself. */
const systemAccount = 'system'

/** The one place where the packages meet. @throws ConfigError */
export async function compose(
  settings: Settings,
  hubFile: HubFile,
  environment: Environment,
  log: Logger,
): Promise<Hub> {
  const knownKey = givenMasterKey(settings.masterKey) ?? storedMasterKey(settings.dataDir)
  const masterKey = knownKey ?? newMasterKey()
  const providers = configuredProviders(hubFile, environment)
  const demo = settings.demo ?? providers.length === 0
  const demoKey = demo ? deriveDemoKey(masterKey).key : undefined
  const keys = declaredKeys(settings, hubFile, demoKey)

  // Up to here nothing was written: a wrong setting leaves the disk as it was.
  const store = await openData(settings.dataDir, log)
  const { storedResponses } = hubFile
  if ((demo || storedResponses.enabled) && !knownKey) {
    keepBesideData(masterKey, settings.dataDir, log)
  }
  const callers = await declare(keys, store)

  const simulated = demo
    ? [sim({ transport: createSimulator({ pace: demoPace, lost: brokeOff, keepRequests: 0 }) })]
    : []
  const catalogue = createCatalogue({
    providers: [...providers, ...simulated],
    aliases: hubFile.models.map(({ id, targets: [target = ''] }) => ({ id, target })),
  })
  const envelope = createEnvelope(masterKey, 'stored responses')
  const answers = sealedAnswers(store.storedAnswers, envelope, { days: storedResponses.days, log })
  const stopCleaning = repeat(() => store.storedAnswers.removeExpired(), log)
  const transport = createUndiciTransport()
  const memory = createMemoryBudget(requestBytes)
  const router = createRouter({
    catalogue: () => catalogue,
    transport,
    recorder: watchedRecorder(store, log),
    mayUseModel,
    allowPrivateMedia: hubFile.media.allowPrivateNetwork,
    memory,
    ...(storedResponses.enabled && { answers }),
  })
  return {
    router,
    memory,
    catalogue: () => catalogue,
    callers: () => callers,
    answers,
    askProvider: createAskProvider({ catalogue: () => catalogue, transport }),
    demoKey,
    async close() {
      stopCleaning()
      await transport.close()
      await store.close()
    },
  }
}

const cleanEveryMs = 60 * 60 * 1000

/** Now, and every hour from now on. */
function repeat(work: () => Promise<unknown>, log: Logger): () => void {
  const run = () => void work().catch((error) => log.error(causeFields(error), 'clean-up failed'))
  run()
  const timer = setInterval(run, cleanEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** Also notes that the key was used, and logs streams that broke: their callers have had their 200. */
function watchedRecorder({ recorder, apiKeys }: Store, log: Logger): Recorder {
  return {
    record(record) {
      apiKeys.touch(record.keyId)
      if (record.firstEventMs !== undefined && record.status >= 500) {
        const { id, errorCode, attempts } = record
        log.error({ requestId: id, code: errorCode, attempts }, 'stream broke off')
      }
      return recorder.record(record)
    },
  }
}

/** The simulator knows nothing of our errors. */
const brokeOff = (cause: Error) =>
  new HubError('upstream_incomplete', 'The simulator hung up before its answer was complete.', {
    cause,
  })

/** About as fast as a hosted model, so that a stream looks like one. */
const demoPace = { tokensPerSecond: 50 }

/** What the file declares goes before what the environment holds for the same provider. */
function configuredProviders(hubFile: HubFile, environment: Environment): Provider[] {
  const declared = hubFile.providers.map(declaredProvider)
  const taken = new Set(declared.map(({ adapter }) => adapter.id))
  const found = providersFromEnvironment(environment)
  return [...declared, ...found.filter(({ adapter }) => !taken.has(adapter.id))]
}

async function openData(dataDir: string, log: Logger): Promise<Store> {
  try {
    return await openStore({ dataDir, log })
  } catch (error) {
    if (error instanceof StoreError) throw new ConfigError(error.message, { cause: error })
    throw error
  }
}

function keepBesideData(masterKey: Buffer, dataDir: string, log: Logger): void {
  log.warn(
    { path: keepMasterKey(masterKey, dataDir) },
    'made a master key beside the data it protects; set HUB_MASTER_KEY or HUB_MASTER_KEY_FILE to keep it elsewhere',
  )
}

const keySources = ['environment', 'file', 'demo'] as const
type DeclaredKeys = Record<(typeof keySources)[number], DeclaredApiKey[]>

/** From this start on these hold: those that were declared before and are not now are disabled. */
async function declare(keys: DeclaredKeys, store: Store): Promise<CallerDirectory> {
  try {
    for (const source of keySources) await store.apiKeys.declare(source, keys[source])
    return createCallerDirectory(await store.apiKeys.list())
  } catch (error) {
    await store.close()
    if (error instanceof StoreError) throw new ConfigError(error.message, { cause: error })
    throw error
  }
}

/** @throws ConfigError when two names stand for one key: nobody could tell which rights it has. */
function declaredKeys(
  { adminKey }: Settings,
  hubFile: HubFile,
  demoKey: string | undefined,
): DeclaredKeys {
  const environment =
    adminKey === undefined ? [] : [declaredKey('HUB_ADMIN_KEY', adminKey, { admin: true })]
  const file = hubFile.keys.map(({ name, key, models }) =>
    declaredKey(name, key, models === undefined ? {} : { models }),
  )
  const demo =
    demoKey === undefined
      ? []
      : [declaredKey('demo', demoKey, { models: ['sim/*'], loopbackOnly: true })]
  const nameOf = new Map<string, string>()
  for (const { digest, name } of [...environment, ...file, ...demo]) {
    const other = nameOf.get(digest)
    if (other !== undefined) {
      throw new ConfigError(
        `The API keys "${other}" and "${name}" are the same; give each its own.`,
      )
    }
    nameOf.set(digest, name)
  }
  return { environment, file, demo }
}

function declaredKey(
  name: string,
  key: string,
  rights: Partial<Pick<DeclaredApiKey, 'models' | 'loopbackOnly' | 'admin'>>,
): DeclaredApiKey {
  const digest = digestApiKey(key)
  return {
    // The same key keeps its id, and so its history, through every restart.
    id: `key_${digest.slice(0, 20)}`,
    accountId: systemAccount,
    name,
    digest,
    prefix: maskApiKey(key),
    loopbackOnly: false,
    admin: false,
    ...rights,
  }
}
