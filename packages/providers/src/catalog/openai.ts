import { openAiChat, openAiResponses } from '@aigne-hub/dialects'
import type { Provider, Quirks } from '@aigne-hub/protocol'
import models from '../../models/openai.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

/** What every OpenAI model refuses, wherever it is hosted. */
export const openAiQuirks: Quirks = {
  jsonNeedsWords: true,
  // What other servers of this family understand; OpenAI answers 400 to fields it does not know.
  unsupported: [
    ...['top_k', 'cache_control', 'reasoning_content', 'reasoning_details'],
    // And what other servers draw by.
    ...['aspect_ratio', 'negative_prompt'],
  ],
}

/** Everything but ranking documents. */
const operations = [
  'chat',
  'embeddings',
  'images',
  'speech',
  'transcription',
  'moderations',
  'video',
] as const

/** Source: OpenAI's API reference and the types of its SDK, November 2026. */
export const openaiAdapter = openAiCompatible({
  id: 'openai',
  name: 'OpenAI',
  baseUrl: 'https://api.openai.com/v1',
  credentialFields: [{ ...apiKeyField, environment: 'OPENAI_API_KEY' }],
  operations,
  chat: [openAiChat, openAiResponses],
  quirks: openAiQuirks,
  ...readModelFile(models as ModelFile, openAiQuirks),
})

/**
 * OpenAI, with your key. `baseUrl` is for its regional hosts, such as `https://eu.api.openai.com/v1`.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function openai(options: ProviderSetUp & { apiKey: string | readonly string[] }): Provider {
  return setUpProvider(openaiAdapter, options)
}
