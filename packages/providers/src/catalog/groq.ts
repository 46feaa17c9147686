import { openAiChat, openAiResponses } from '@aigne-hub/dialects'
import type { Provider, Quirks } from '@aigne-hub/protocol'
import models from '../../models/groq.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const quirks: Quirks = {
  maxTokensField: 'max_completion_tokens',
  serviceTiers: ['auto', 'on_demand', 'flex', 'performance'],
  noJsonWithTools: true,
  noAllowedTools: true,
  unsupported: [
    ...['n', 'logprobs', 'top_logprobs', 'logit_bias', 'presence_penalty', 'frequency_penalty'],
    ...['metadata', 'store', 'include', 'prompt_cache_key', 'safety_identifier', 'verbosity'],
    ...['messages.name', 'reasoning_content', 'reasoning_details', 'cache_control'],
  ],
}

/** Sources: the types of Groq's SDK 1.6 and its page on rate limits, 2026. */
export const groqAdapter = openAiCompatible({
  id: 'groq',
  name: 'Groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  credentialFields: [{ ...apiKeyField, environment: 'GROQ_API_KEY' }],
  operations: ['chat', 'embeddings', 'speech', 'transcription'],
  chat: [openAiChat, openAiResponses],
  quirks,
  ...readModelFile(models as ModelFile, quirks),
})

/**
 * Groq, with your key.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function groq(options: ProviderSetUp & { apiKey: string | readonly string[] }): Provider {
  return setUpProvider(groqAdapter, options)
}
