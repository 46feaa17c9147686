import { openAiChat, openAiResponses } from '@aigne-hub/dialects'
import type { CredentialField, Provider, Sign } from '@aigne-hub/protocol'
import models from '../../models/openai.json' with { type: 'json' }
import { apiKeyField } from '../adapter-from-data.ts'
import { entraId } from '../auth/entra-id.ts'
import { header } from '../auth/header.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { openAiCompatible } from '../open-ai-compatible.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'
import { openAiQuirks } from './openai.ts'

/** One label of a host name. */
const resourceName = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'

const entra = { secret: false, required: true, way: 'entra' } as const

const credentialFields: readonly CredentialField[] = [
  {
    name: 'resource',
    label: 'Resource name',
    secret: false,
    required: true,
    pattern: resourceName,
    environment: 'AZURE_RESOURCE_NAME',
  },
  { ...apiKeyField, way: 'key', environment: 'AZURE_OPENAI_API_KEY' },
  { ...entra, name: 'tenantId', label: 'Entra tenant id', environment: 'AZURE_TENANT_ID' },
  { ...entra, name: 'clientId', label: 'Entra client id', environment: 'AZURE_CLIENT_ID' },
  {
    ...entra,
    name: 'clientSecret',
    label: 'Entra client secret',
    secret: true,
    environment: 'AZURE_CLIENT_SECRET',
  },
  {
    ...entra,
    name: 'authority',
    label: 'Entra authority',
    required: false,
    // The secret is sent there.
    pattern: 'https?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._-]+)*',
  },
]

const byKey = header({ name: 'api-key' })
const byToken = entraId('https://cognitiveservices.azure.com/.default')

const sign: Sign = (request, secrets, send) =>
  (secrets.apiKey ? byKey : byToken)(request, secrets, send)

/**
 * The `v1` API, where the deployment is the model. Sources: the Azure client of npm `openai` 7.55,
 * Microsoft's page on the API version lifecycle, 2026.
 */
export const azureOpenaiAdapter = openAiCompatible({
  id: 'azure-openai',
  name: 'Azure OpenAI',
  baseUrl: 'https://example.openai.azure.com/openai/v1',
  baseUrlFor: ({ resource }) => `https://${resource}.openai.azure.com/openai/v1`,
  credentialFields,
  sign,
  operations: ['chat', 'embeddings', 'images', 'speech', 'transcription'],
  chat: [openAiChat, openAiResponses],
  quirks: openAiQuirks,
  // Which deployments there are only the operator knows; many have the name of their model.
  unlisted: readModelFile(models as ModelFile, openAiQuirks).unlisted,
})

/**
 * Azure OpenAI. A credential has a `resource` and an `apiKey`, or `tenantId`, `clientId` and
 * `clientSecret`. A deployment hides its model: name it in `models`, as `{ id: 'my-deployment', is: 'gpt-5' }`.
 * @throws HubError `invalid_request` when a field is missing or the base URL cannot be used.
 */
export function azureOpenai(
  options: ProviderSetUp & { credentials: readonly Readonly<Record<string, string>>[] },
): Provider {
  return setUpProvider(azureOpenaiAdapter, options)
}
