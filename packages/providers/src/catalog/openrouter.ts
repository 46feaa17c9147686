import { openAiChat, openAiResponses, openRouterImages } from '@aigne-hub/dialects'
import type { Provider, Quirks } from '@aigne-hub/protocol'
import models from '../../models/openrouter.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks: Quirks = { reasoningObject: true }

/** Sources: OpenRouter's OpenAPI description (npm `@openrouter/sdk` 1.3) and its documents, 2026. */
export const openrouterAdapter = openAiCompatible({
  id: 'openrouter',
  name: 'OpenRouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  credentialFields: [{ ...apiKeyField, environment: 'OPENROUTER_API_KEY' }],
  operations: ['chat', 'embeddings', 'images', 'speech', 'transcription', 'rerank'],
  chat: [openAiChat, openAiResponses],
  dialects: { images: [openRouterImages] },
  // Its list of models is public: it answers whatever the key is.
  credentialCheck: { path: '/key' },
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * OpenRouter, with your key.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function openrouter(
  options: ProviderSetUp & { apiKey: string | readonly string[] },
): Provider {
  return setUpProvider(openrouterAdapter, options)
}
