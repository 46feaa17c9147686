import type { Provider, Quirks } from '@aigne-hub/protocol'
import models from '../../models/deepseek.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks: Quirks = {
  maxTokensField: 'max_tokens',
  userField: 'user_id',
  efforts: ['low', 'high', 'max'],
  noDeveloperRole: true,
  noJsonSchema: true,
  jsonNeedsWords: true,
  noAllowedTools: true,
  thinkingSwitch: true,
  replaysReasoning: true,
  samplingNeedsNoReasoning: true,
  textToolResults: true,
  flatMedia: true,
  unsupported: [
    ...['n', 'seed', 'top_k', 'logit_bias', 'parallel_tool_calls', 'metadata', 'store'],
    ...['service_tier', 'prompt_cache_key', 'verbosity'],
    ...['reasoning_details', 'cache_control'],
  ],
}

/** Sources: DeepSeek's API documents (errors, rate limit, thinking mode), autumn 2026. */
export const deepseekAdapter = openAiCompatible({
  id: 'deepseek',
  name: 'DeepSeek',
  baseUrl: 'https://api.deepseek.com',
  credentialFields: [{ ...apiKeyField, environment: 'DEEPSEEK_API_KEY' }],
  operations: ['chat'],
  credentialCheck: { path: '/user/balance' },
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * DeepSeek, with your key.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function deepseek(
  options: ProviderSetUp & { apiKey: string | readonly string[] },
): Provider {
  return setUpProvider(deepseekAdapter, options)
}
