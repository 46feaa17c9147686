import { anthropicMessages, openAiChat, openAiResponses, poeImages } from '@aigne-hub/dialects'
import type { Provider, Quirks } from '@aigne-hub/protocol'
import models from '../../models/poe.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks: Quirks = {
  maxTokensField: 'max_tokens',
  noDeveloperRole: true,
  noJsonSchema: true,
  noJsonObject: true,
  noAllowedTools: true,
  // Where a bot cannot use tools, the stream just stops.
  needsFinishReason: true,
  unsupported: [
    ...['n', 'seed', 'logprobs', 'top_logprobs', 'logit_bias', 'presence_penalty'],
    ...['frequency_penalty', 'user', 'safety_identifier', 'metadata', 'store', 'service_tier'],
    ...['verbosity', 'reasoning_content', 'reasoning_details', 'cache_control'],
  ],
}

/** Sources: the pages of creator.poe.com on its API, summer 2026. */
export const poeAdapter = openAiCompatible({
  id: 'poe',
  name: 'Poe',
  baseUrl: 'https://api.poe.com/v1',
  credentialFields: [{ ...apiKeyField, environment: 'POE_API_KEY' }],
  operations: ['chat', 'images'],
  chat: [openAiChat, openAiResponses, anthropicMessages],
  dialects: { images: [poeImages] },
  // Its list of models is public; the balance is not, and stands outside of /v1.
  credentialCheck: {
    path: '/usage/current_balance',
    at: (baseUrl) => baseUrl.replace(/\/v1$/, ''),
  },
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * Poe, with your key.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function poe(options: ProviderSetUp & { apiKey: string | readonly string[] }): Provider {
  return setUpProvider(poeAdapter, options)
}
