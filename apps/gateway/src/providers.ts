import {
  type Credential,
  HubError,
  type Provider,
  type ProviderAdapter,
  type Secrets,
} from '@aigne-hub/protocol'
import {
  type CustomDialect,
  customProvider,
  type DeclaredModel,
  findProvider,
  limitModels,
  needsCredential,
  placeProvider,
  readCredential,
  registry,
} from '@aigne-hub/providers'
import type { Environment } from './config.ts'
import { ConfigError } from './config-error.ts'

/** A credential as `hub.yaml` declares it: its name, and the fields that its provider asks for. */
interface DeclaredCredential {
  name: string
  fields: Readonly<Record<string, string>>
}

/** A provider as `hub.yaml` declares it. */
export interface DeclaredProvider {
  id: string
  dialect?: CustomDialect | undefined
  baseUrl?: string | undefined
  allowPrivateNetwork?: boolean | undefined
  headers?: Record<string, string> | undefined
  models?: DeclaredModel[] | undefined
  credentials?: DeclaredCredential[] | undefined
}

/** Found in a credential that no header can carry: it would fail every call with it. */
const unsendable = /[^\x20-\x7e]|^ | $/

function credential(providerId: string, name: string, secrets: Secrets): Credential {
  return { id: `${providerId}/${name}`, name, open: () => secrets }
}

function refuse(param: string, reason: string): HubError {
  return new HubError('invalid_request', reason, { param })
}

function declaredAdapter(declared: DeclaredProvider): ProviderAdapter {
  const { id, baseUrl, allowPrivateNetwork, headers, dialect } = declared
  const place = {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(allowPrivateNetwork === undefined ? {} : { allowPrivateNetwork }),
  }
  const known = findProvider(id)
  if (known && headers) throw refuse('headers', 'is only for providers of your own.')
  if (known) return placeProvider(known, place)
  if (baseUrl === undefined) {
    const ids = registry.map((adapter) => adapter.id).join(', ')
    throw refuse(
      'id',
      `"${id}" is not a provider the hub knows (${ids}). Mend the id, or give your own server a baseUrl.`,
    )
  }
  return customProvider({
    id,
    ...place,
    baseUrl,
    dialect: dialect ?? 'openai',
    ...(headers === undefined ? {} : { headers }),
  })
}

/** @throws HubError with `param` naming the field that cannot be used. */
function declaredSecrets(adapter: ProviderAdapter, { fields }: DeclaredCredential): Secrets {
  const secrets = readCredential(adapter, fields)
  for (const { name, multiline } of adapter.credentialFields) {
    if (!multiline && unsendable.test(secrets[name] ?? 'none')) {
      throw refuse(
        name,
        'holds a character that HTTP cannot carry, such as a line break. Enter it again.',
      )
    }
  }
  return secrets
}

/**
 * The provider that a declaration describes.
 * @throws HubError with `param` naming the field that cannot be used, as `credentials.0.apiKey`.
 */
export function declaredProvider(declared: DeclaredProvider): Provider {
  if (declared.id === 'sim') {
    throw refuse('id', '"sim" is the simulator: switch it with HUB_DEMO.')
  }
  const adapter = declaredAdapter(declared)
  const { credentials = [], models } = declared
  if (credentials.length === 0 && needsCredential(adapter)) {
    const names = adapter.credentialFields.map(({ name }) => `${name}: …`).join(', ')
    throw refuse('credentials', `${adapter.name} needs a credential: [{ name: main, ${names} }].`)
  }
  return {
    adapter: models ? limitModels(adapter, models) : adapter,
    credentials:
      credentials.length === 0
        ? [credential(adapter.id, 'none', {})]
        : credentials.map((one, index) => {
            try {
              return credential(adapter.id, one.name, declaredSecrets(adapter, one))
            } catch (error) {
              if (!(error instanceof HubError)) throw error
              const { param, message } = error
              throw refuse(`credentials.${index}.${param}`, message.replace(`${param} `, ''))
            }
          }),
  }
}

/** Of several ways to authenticate the first that is complete: the rest may be there for something else. */
function ofOneWay(
  { credentialFields }: ProviderAdapter,
  found: Readonly<Record<string, string>>,
): Record<string, string> {
  const isComplete = (way: string) =>
    credentialFields.every((field) => field.way !== way || !field.required || found[field.name])
  const chosen = credentialFields.find(({ way }) => way !== undefined && isComplete(way))?.way
  const fields = credentialFields.filter(({ way }) => way === undefined || way === chosen)
  return Object.fromEntries(
    fields.flatMap(({ name }) => (found[name] === undefined ? [] : [[name, found[name]]])),
  )
}

/**
 * The providers whose keys are in the environment under the names everybody uses.
 * @throws ConfigError naming the variable that cannot be used.
 */
export function providersFromEnvironment(environment: Environment): Provider[] {
  return registry.flatMap((adapter): Provider[] => {
    const found: Record<string, string> = {}
    for (const { name, environment: variable, multiline } of adapter.credentialFields) {
      const value = variable === undefined ? undefined : environment[variable]?.trim()
      if (!value) continue
      if (!multiline && unsendable.test(value)) {
        throw new ConfigError(
          `${variable} holds a character that HTTP cannot carry. Enter it again.`,
        )
      }
      found[name] = value
    }
    const isSecret = adapter.credentialFields.some(({ name, secret }) => secret && found[name])
    if (!isSecret) return []
    try {
      const secrets = readCredential(adapter, ofOneWay(adapter, found))
      return [{ adapter, credentials: [credential(adapter.id, 'environment', secrets)] }]
    } catch {
      // Half of what the provider needs may be there for something else.
      return []
    }
  })
}
