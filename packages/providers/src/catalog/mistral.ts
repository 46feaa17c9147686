import type { Provider, Quirks } from '@aigne-hub/protocol'
import models from '../../models/mistral.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks: Quirks = {
  maxTokensField: 'max_tokens',
  maxTemperature: 1.5,
  serviceTiers: ['auto', 'standard_only'],
  seedField: 'random_seed',
  requiredToolChoice: 'any',
  dimensionsField: 'output_dimension',
  noDeveloperRole: true,
  noStreamOptions: true,
  noAllowedTools: true,
  shortToolCallIds: true,
  thinkingContent: true,
  jsonNeedsWords: true,
  flatMedia: true,
  prefixField: true,
  // Fields it does not know are a 422.
  unsupported: [
    ...['logprobs', 'top_logprobs', 'logit_bias', 'user', 'safety_identifier', 'store'],
    ...['verbosity', 'top_k', 'modalities', 'prompt_cache_retention', 'prompt_cache_options'],
    ...['web_search_options', 'moderation', 'reasoning', 'thinking', 'messages.name'],
    ...['reasoning_content', 'reasoning_details', 'cache_control'],
  ],
}

/** Sources: the types of Mistral's SDK 2.7 and its error glossary, 2026. */
export const mistralAdapter = openAiCompatible({
  id: 'mistral',
  name: 'Mistral AI',
  baseUrl: 'https://api.mistral.ai/v1',
  credentialFields: [{ ...apiKeyField, environment: 'MISTRAL_API_KEY' }],
  operations: ['chat', 'embeddings', 'moderations'],
  // They lack the one word that clients look for.
  translated: ['openai-moderations'],
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * Mistral, with your key. `baseUrl` is for its regional hosts.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function mistral(options: ProviderSetUp & { apiKey: string | readonly string[] }): Provider {
  return setUpProvider(mistralAdapter, options)
}
