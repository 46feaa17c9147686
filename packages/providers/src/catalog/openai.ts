import type { Model, Operation, Provider } from '@aigne-hub/protocol'
import { apiKeyField, openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const listed = (operation: Operation, ids: readonly string[]): Model[] =>
  ids.map((id) => ({ id, operations: [operation] }))

/** They think before they answer. Those that only exist on the Responses API are not listed. */
const reasoning = [
  'gpt-6.1-sol',
  'gpt-6.1-terra',
  'gpt-6-astra',
  'gpt-6-sol',
  'gpt-6-luna',
  'gpt-5.6-sol',
  'gpt-5.6-terra',
  'gpt-5.6-luna',
  'gpt-5.5',
  'gpt-5.4',
  'gpt-5.4-mini',
  'gpt-5.4-nano',
  'gpt-5.2',
  'gpt-5.1',
  'gpt-5',
  'gpt-5-mini',
  'o4-mini',
  'o3',
  'o3-mini',
  'o1',
]
const chat = ['gpt-4.1', 'gpt-4o', 'gpt-4o-mini', 'gpt-3.5-turbo']
const embeddings = ['text-embedding-3-small', 'text-embedding-3-large', 'text-embedding-ada-002']
const images = [
  'gpt-image-2.6-flare',
  'gpt-image-2.6-sunburst',
  'gpt-image-2.5-flare',
  'gpt-image-2.5-sunburst',
  'gpt-image-2',
  'gpt-image-1.5',
  'gpt-image-1-mini',
  'chatgpt-image-latest',
  'dall-e-3',
]

/** Source: OpenAI's API reference and the types of its SDK, November 2026. */
export const openaiAdapter = openAiCompatible({
  id: 'openai',
  name: 'OpenAI',
  baseUrl: 'https://api.openai.com/v1',
  credentialFields: [{ ...apiKeyField, environment: 'OPENAI_API_KEY' }],
  quirks: {
    // What other servers of this family understand; OpenAI answers 400 to fields it does not know.
    unsupported: ['top_k', 'cache_control', 'reasoning_content', 'reasoning_details'],
    // Reasoning models refuse `max_tokens`; all models take this one.
    maxTokensField: 'max_completion_tokens',
    // The image models refuse it and always answer in base64.
    noImageResponseFormat: true,
  },
  models: [
    ...listed('chat', reasoning).map((model) => ({ ...model, reasoning: true })),
    ...listed('chat', chat),
    ...listed('embeddings', embeddings),
    ...listed('images', images),
  ],
})

/**
 * OpenAI, with your key. `baseUrl` is for its regional hosts, such as `https://eu.api.openai.com/v1`.
 * @throws HubError `invalid_request` when the key is empty or the base URL cannot be used.
 */
export function openai(options: ProviderSetUp & { apiKey: string | readonly string[] }): Provider {
  return setUpProvider(openaiAdapter, options)
}
