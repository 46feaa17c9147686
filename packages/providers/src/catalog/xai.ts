import { openAiChat, openAiResponses, xaiImages, xaiVideo } from '@aigne-hub/dialects'
import type { Provider, Quirks } from '@aigne-hub/protocol'
import models from '../../models/xai.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks: Quirks = {
  maxTokensField: 'max_completion_tokens',
  jsonNeedsWords: true,
  noAllowedTools: true,
  reasoningBesideCompletion: true,
  repeatsReasoning: true,
  serviceTiers: ['default', 'priority'],
  unsupported: [
    ...['stop', 'presence_penalty', 'frequency_penalty', 'logit_bias', 'metadata', 'store'],
    ...['safety_identifier', 'reasoning_content', 'reasoning_details', 'cache_control'],
  ],
}

/** Sources: xAI's REST reference, its pages on rate limits and cost tracking, 2026. */
export const xaiAdapter = openAiCompatible({
  id: 'xai',
  name: 'xAI',
  baseUrl: 'https://api.x.ai/v1',
  credentialFields: [{ ...apiKeyField, environment: 'XAI_API_KEY' }],
  operations: ['chat', 'images', 'video'],
  // Chat Completions are the old way in: only for callers who speak them.
  chat: [openAiResponses, openAiChat],
  dialects: { images: [xaiImages], video: [xaiVideo] },
  // Calls lack the index that clients go by, thoughts come twice, and tokens of thoughts are left out.
  translated: ['openai-chat'],
  credentialCheck: { path: '/api-key' },
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * xAI, with your key. `baseUrl` is for its regional hosts.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function xai(options: ProviderSetUp & { apiKey: string | readonly string[] }): Provider {
  return setUpProvider(xaiAdapter, options)
}
