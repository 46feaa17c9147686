import {
  type Credential,
  HubError,
  type Provider,
  type ProviderAdapter,
  type Secrets,
} from '@aigne-hub/protocol'
import { readBaseUrl } from './base-url.ts'
import { needsCredential, readCredential } from './credential-fields.ts'
import { type DeclaredModel, limitModels } from './limit-models.ts'

/** What someone has to say to use a provider. */
export interface ProviderSetUp {
  /** One key, or several: a credential each. May be left out where the provider wants none. */
  apiKey?: string | readonly string[]
  /** Credentials of more than a key, by the names of the provider's `credentialFields`. */
  credentials?: readonly Readonly<Record<string, string>>[]
  /** Another address of the same provider, such as a regional host. */
  baseUrl?: string
  /** The address may be on a private network. */
  allowPrivateNetwork?: boolean
  /** The only models there are; default: any. */
  models?: readonly (string | DeclaredModel)[]
}

/**
 * A provider as a router takes it: an adapter with one credential a key. The keys stay in the closures
 * of `open`; printing or serialising the provider does not show them.
 * @throws HubError `invalid_request` when a key is missing or malformed or the base URL cannot be used.
 */
export function setUpProvider(adapter: ProviderAdapter, options: ProviderSetUp): Provider {
  const { apiKey = [], models } = options
  const keys = typeof apiKey === 'string' ? [apiKey] : apiKey
  if (keys.includes('')) throw emptyKey(adapter)
  const given = [...keys.map((key) => ({ apiKey: key })), ...(options.credentials ?? [])]
  if (given.length === 0 && needsCredential(adapter)) throw emptyKey(adapter)
  const secrets = given.length === 0 ? [{}] : given.map((fields) => readCredential(adapter, fields))
  const placed = placeProvider(adapter, options)
  return {
    adapter: models
      ? limitModels(
          placed,
          models.map((model) => (typeof model === 'string' ? { id: model } : model)),
        )
      : placed,
    credentials: secrets.map(
      (secret: Secrets, index): Credential => ({
        id: `${adapter.id}-${index + 1}`,
        name: secrets.length === 1 ? 'main' : `key-${index + 1}`,
        open: () => secret,
      }),
    ),
  }
}

function emptyKey({ name, credentialFields }: ProviderAdapter): HubError {
  const isSimple = credentialFields.length === 1
  const fields = credentialFields.map((field) => field.name).join(', ')
  return new HubError(
    'invalid_request',
    isSimple
      ? `${name} needs an apiKey, and it is empty.`
      : `${name} needs a credential: ${fields}.`,
    { param: isSimple ? 'apiKey' : 'credentials' },
  )
}

/**
 * The same provider at another address. Its own local address needs no leave to be on a private network;
 * any other does.
 * @throws HubError `invalid_request` when the base URL cannot be used.
 */
export function placeProvider(
  adapter: ProviderAdapter,
  { baseUrl, allowPrivateNetwork }: Pick<ProviderSetUp, 'baseUrl' | 'allowPrivateNetwork'>,
): ProviderAdapter {
  const isPrivate = allowPrivateNetwork ?? adapter.allowPrivateNetwork ?? false
  if (baseUrl === undefined) return { ...adapter, allowPrivateNetwork: isPrivate }
  const { baseUrlFor: _, ...rest } = adapter
  const place = readBaseUrl(baseUrl)
  const isOwn = place === adapter.baseUrl
  return {
    ...rest,
    baseUrl: place,
    allowPrivateNetwork: isOwn ? isPrivate : (allowPrivateNetwork ?? false),
  }
}
