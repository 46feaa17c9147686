import {
  doubaoEmbeddings,
  doubaoImages,
  doubaoVideo,
  openAiChat,
  openAiEmbeddings,
  openAiResponses,
} from '@aigne-hub/dialects'
import type { Provider, Quirks } from '@aigne-hub/protocol'
import models from '../../models/doubao.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks: Quirks = {
  // `max_tokens` counts the answer alone, and there may be only one of the two.
  maxTokensField: 'max_completion_tokens',
  efforts: ['minimal', 'low', 'medium', 'high'],
  serviceTiers: ['auto', 'default', 'fast'],
  noDeveloperRole: true,
  noAllowedTools: true,
  thinkingSwitch: true,
  unsupported: [
    ...['seed', 'metadata', 'store', 'verbosity', 'prompt_cache_key', 'safety_identifier'],
    ...['reasoning_details', 'cache_control'],
  ],
}

/** Sources: Volcengine's SDK for Python, July 2026, and its pages on errors. */
export const doubaoAdapter = openAiCompatible({
  id: 'doubao',
  name: 'Doubao (Volcengine Ark)',
  baseUrl: 'https://ark.cn-beijing.volces.com/api/v3',
  credentialFields: [{ ...apiKeyField, environment: 'ARK_API_KEY' }],
  operations: ['chat', 'embeddings', 'images', 'video'],
  chat: [openAiChat, openAiResponses],
  dialects: {
    embeddings: [openAiEmbeddings, doubaoEmbeddings],
    images: [doubaoImages],
    video: [doubaoVideo],
  },
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * Doubao on Volcengine Ark, with your key. `baseUrl` is for BytePlus ModelArk. Endpoints (`ep-…`) hide
 * their model: name it in `models`, as `{ id: 'ep-…', is: 'doubao-seed-2-0-pro' }`.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function doubao(options: ProviderSetUp & { apiKey: string | readonly string[] }): Provider {
  return setUpProvider(doubaoAdapter, options)
}
