import { type Credential, HubError, type Provider, type ProviderAdapter } from '@aigne-hub/protocol'
import { readBaseUrl } from './base-url.ts'

/** What someone has to say to use a provider. */
export interface ProviderSetUp {
  /** One key, or several: a credential each. May be left out where the provider wants none. */
  apiKey?: string | readonly string[]
  /** Another address of the same provider, such as a regional host. */
  baseUrl?: string
  /** The address may be on a private network. */
  allowPrivateNetwork?: boolean
}

/**
 * A provider as a router takes it: an adapter with one credential a key. The keys stay in the closures
 * of `open`; printing or serialising the provider does not show them.
 * @throws HubError `invalid_request` when the key is missing or the base URL cannot be used.
 */
export function setUpProvider(adapter: ProviderAdapter, options: ProviderSetUp): Provider {
  const { apiKey = [], baseUrl = adapter.baseUrl } = options
  const allowPrivateNetwork = options.allowPrivateNetwork ?? adapter.allowPrivateNetwork ?? false
  const keys = typeof apiKey === 'string' ? [apiKey] : apiKey
  const needsKey = adapter.credentialFields.some(({ required }) => required)
  if (keys.includes('') || (keys.length === 0 && needsKey)) {
    throw new HubError('invalid_request', `${adapter.name} needs an apiKey, and it is empty.`, {
      param: 'apiKey',
    })
  }
  const secrets = keys.length === 0 ? [{}] : keys.map((key) => ({ apiKey: key }))
  return {
    adapter: {
      ...adapter,
      baseUrl: readBaseUrl(baseUrl),
      allowPrivateNetwork,
    },
    credentials: secrets.map(
      (secret, index): Credential => ({
        id: `${adapter.id}-${index + 1}`,
        name: secrets.length === 1 ? 'main' : `key-${index + 1}`,
        open: () => secret,
      }),
    ),
  }
}
