import { openAiChat, openAiResponses } from '@aigne-hub/dialects'
import type { Provider, Quirks } from '@aigne-hub/protocol'
import models from '../../models/openai.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks: Quirks = {
  // What other servers of this family understand; OpenAI answers 400 to fields it does not know.
  unsupported: ['top_k', 'cache_control', 'reasoning_content', 'reasoning_details'],
}

/** Source: OpenAI's API reference and the types of its SDK, November 2026. */
export const openaiAdapter = openAiCompatible({
  id: 'openai',
  name: 'OpenAI',
  baseUrl: 'https://api.openai.com/v1',
  credentialFields: [{ ...apiKeyField, environment: 'OPENAI_API_KEY' }],
  chat: [openAiChat, openAiResponses],
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * OpenAI, with your key. `baseUrl` is for its regional hosts, such as `https://eu.api.openai.com/v1`.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function openai(options: ProviderSetUp & { apiKey: string | readonly string[] }): Provider {
  return setUpProvider(openaiAdapter, options)
}
