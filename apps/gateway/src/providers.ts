import {
  type Credential,
  HubError,
  type Model,
  type Operation,
  type Provider,
  type ProviderAdapter,
  type Secrets,
} from '@aigne-hub/protocol'
import {
  type CustomDialect,
  customProvider,
  findProvider,
  registry,
  setUpProvider,
} from '@aigne-hub/providers'
import type { Environment } from './config.ts'
import { ConfigError } from './config-error.ts'

/** A provider as `hub.yaml` declares it. */
export interface DeclaredProvider {
  id: string
  dialect?: CustomDialect | undefined
  baseUrl?: string | undefined
  allowPrivateNetwork?: boolean | undefined
  headers?: Record<string, string> | undefined
  models?: string[] | undefined
  credentials?: { name: string; apiKey: string }[] | undefined
}

/** Found in a credential that no header can carry: it would fail every call with it. */
export const unsendable = /[^\x20-\x7e]|^ | $/

const everyOperation: Operation[] = ['chat', 'embeddings', 'images']

/** Only these models exist. What is known of one by its name is kept. */
function limitTo(adapter: ProviderAdapter, names: readonly string[]): ProviderAdapter {
  const models = names.map(
    (id): Model =>
      adapter.models.find((known) => known.id === id) ?? { id, operations: everyOperation },
  )
  return { ...adapter, models, modelsAreComplete: true }
}

function credential(providerId: string, name: string, secrets: Secrets): Credential {
  return { id: `${providerId}/${name}`, name, open: () => secrets }
}

function refuse(param: string, reason: string): HubError {
  return new HubError('invalid_request', reason, { param })
}

function declaredAdapter(declared: DeclaredProvider): ProviderAdapter {
  const { id, baseUrl, allowPrivateNetwork, headers, dialect = 'openai' } = declared
  const known = findProvider(id)
  if (known && headers) throw refuse('headers', 'is only for providers of your own.')
  if (known) {
    const { adapter } = setUpProvider(known, {
      apiKey: 'set below',
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(allowPrivateNetwork === undefined ? {} : { allowPrivateNetwork }),
    })
    return adapter
  }
  if (baseUrl === undefined) {
    const ids = registry.map((adapter) => adapter.id).join(', ')
    throw refuse(
      'id',
      `"${id}" is not a provider the hub knows (${ids}). Mend the id, or give your own server a baseUrl.`,
    )
  }
  return customProvider({
    id,
    baseUrl,
    dialect,
    ...(allowPrivateNetwork === undefined ? {} : { allowPrivateNetwork }),
    ...(headers === undefined ? {} : { headers }),
  })
}

/**
 * The provider that a declaration describes.
 * @throws HubError with `param` naming the field that cannot be used.
 */
export function declaredProvider(declared: DeclaredProvider): Provider {
  if (declared.id === 'sim') {
    throw refuse('id', '"sim" is the simulator: switch it with HUB_DEMO.')
  }
  const adapter = declaredAdapter(declared)
  const { credentials = [], models } = declared
  const needsKey = adapter.credentialFields.some(({ required }) => required)
  if (credentials.length === 0 && needsKey) {
    throw refuse('credentials', `${adapter.name} needs a credential: [{ name: main, apiKey: … }].`)
  }
  return {
    adapter: models ? limitTo(adapter, models) : adapter,
    credentials:
      credentials.length === 0
        ? [credential(adapter.id, 'none', {})]
        : credentials.map(({ name, apiKey }) => credential(adapter.id, name, { apiKey })),
  }
}

/**
 * The providers whose keys are in the environment under the names everybody uses.
 * @throws ConfigError naming the variable that cannot be used.
 */
export function providersFromEnvironment(environment: Environment): Provider[] {
  return registry.flatMap((adapter): Provider[] => {
    const fields = adapter.credentialFields.filter((field) => field.environment)
    const secrets: Record<string, string> = {}
    for (const field of fields) {
      const value = environment[field.environment as string]?.trim()
      if (value && unsendable.test(value)) {
        throw new ConfigError(
          `${field.environment} holds a character that HTTP cannot carry. Enter it again.`,
        )
      }
      if (value) secrets[field.name] = value
      else if (field.required) return []
    }
    if (Object.keys(secrets).length === 0) return []
    return [{ adapter, credentials: [credential(adapter.id, 'environment', secrets)] }]
  })
}
