import type { Provider } from '@aigne-hub/protocol'
import models from '../../models/anthropic.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { anthropicCompatible } from '../anthropic-compatible.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

/** Source: the types of Anthropic's SDK, November 2026. */
export const anthropicAdapter = anthropicCompatible({
  id: 'anthropic',
  name: 'Anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  credentialFields: [{ ...apiKeyField, environment: 'ANTHROPIC_API_KEY' }],
  ...readModelFile(models as ModelFile),
})

/**
 * Anthropic, with your key.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function anthropic(
  options: ProviderSetUp & { apiKey: string | readonly string[] },
): Provider {
  return setUpProvider(anthropicAdapter, options)
}
