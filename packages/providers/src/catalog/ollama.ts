import type { Provider } from '@aigne-hub/protocol'
import models from '../../models/ollama.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { ollamaCompatible } from '../ollama-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks = { mediaByValue: true, slowStart: true }

/** Sources: Ollama's repository (API types, `docs/api.md`), August 2026. */
export const ollamaAdapter = ollamaCompatible({
  id: 'ollama',
  name: 'Ollama',
  baseUrl: 'http://localhost:11434',
  allowPrivateNetwork: true,
  credentialFields: [{ ...apiKeyField, required: false }],
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * Ollama on this machine, or anywhere else with `baseUrl`; its cloud, at `https://ollama.com`, wants a key.
 * @throws HubError `invalid_request` when the base URL cannot be used.
 */
export function ollama(options: ProviderSetUp = {}): Provider {
  return setUpProvider(ollamaAdapter, options)
}
