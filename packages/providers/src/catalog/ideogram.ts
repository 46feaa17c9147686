import { ideogramImages } from '@aigne-hub/dialects'
import type { Provider } from '@aigne-hub/protocol'
import models from '../../models/ideogram.json' with { type: 'json' }
import { adapterFromData, apiKeyField } from '../adapter-from-data.ts'
import { header } from '../auth/header.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks = { mediaByValue: true }

/**
 * Images only. It has no list of its models: the ids are ours, one for each version and speed. Source:
 * Ideogram's OpenAPI description, August 2026.
 */
export const ideogramAdapter = adapterFromData(
  {
    id: 'ideogram',
    name: 'Ideogram',
    baseUrl: 'https://api.ideogram.ai',
    credentialFields: [{ ...apiKeyField, environment: 'IDEOGRAM_API_KEY' }],
    quirks,
    modelsAreComplete: true,
    ...readModelFile(models as ModelFile, quirks),
  },
  {
    dialects: { images: [ideogramImages] },
    sign: header({ name: 'api-key' }),
    // Models that the account has trained itself: free to ask, and refused without a key.
    credentialCheck: { path: '/models' },
  },
)

/**
 * Ideogram, with your key.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function ideogram(
  options: ProviderSetUp & { apiKey: string | readonly string[] },
): Provider {
  return setUpProvider(ideogramAdapter, options)
}
