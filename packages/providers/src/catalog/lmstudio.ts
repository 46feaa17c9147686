import { anthropicMessages, openAiChat, openAiResponses } from '@aigne-hub/dialects'
import type { Provider, Quirks } from '@aigne-hub/protocol'
import models from '../../models/lmstudio.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks: Quirks = {
  maxTokensField: 'max_tokens',
  mediaByValue: true,
  slowStart: true,
  noDeveloperRole: true,
  noJsonObject: true,
  noNamedToolChoice: true,
  noBase64Embeddings: true,
  unsupported: [
    ...['n', 'logprobs', 'top_logprobs', 'user', 'safety_identifier', 'parallel_tool_calls'],
    ...['service_tier', 'prompt_cache_key', 'metadata', 'verbosity'],
    ...['reasoning_details', 'cache_control'],
  ],
}

/** Sources: LM Studio's documents, April 2026, and the types of its SDK. */
export const lmstudioAdapter = openAiCompatible({
  id: 'lmstudio',
  name: 'LM Studio',
  baseUrl: 'http://localhost:1234/v1',
  allowPrivateNetwork: true,
  credentialFields: [{ ...apiKeyField, required: false }],
  operations: ['chat', 'embeddings'],
  chat: [openAiChat, openAiResponses, anthropicMessages],
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * LM Studio on this machine, or anywhere else with `baseUrl`.
 * @throws HubError `invalid_request` when the base URL cannot be used.
 */
export function lmstudio(options: ProviderSetUp = {}): Provider {
  return setUpProvider(lmstudioAdapter, options)
}
