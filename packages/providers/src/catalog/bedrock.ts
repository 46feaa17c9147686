import { bedrockConverse, bedrockEmbeddings, bedrockImages } from '@aigne-hub/dialects'
import type { CredentialField, Json, Model, Provider, Sign } from '@aigne-hub/protocol'
import models from '../../models/bedrock.json' with { type: 'json' }
import { adapterFromData, apiKeyField, type KnownServer } from '../adapter-from-data.ts'
import { awsSignature } from '../auth/aws-signature.ts'
import { bearer } from '../auth/bearer.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { field, listEntries, textOf } from '../model-list.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const accessKey = { required: true, secret: true, way: 'access key' } as const

const credentialFields: readonly CredentialField[] = [
  {
    name: 'region',
    label: 'Region',
    secret: false,
    required: true,
    pattern: '(?:eusc|[a-z]{2})(?:-[a-z]+)+-[0-9]',
    environment: 'AWS_REGION',
  },
  { ...apiKeyField, way: 'key', environment: 'AWS_BEARER_TOKEN_BEDROCK' },
  {
    ...accessKey,
    name: 'accessKeyId',
    label: 'Access key id',
    secret: false,
    environment: 'AWS_ACCESS_KEY_ID',
  },
  {
    ...accessKey,
    name: 'secretAccessKey',
    label: 'Secret access key',
    environment: 'AWS_SECRET_ACCESS_KEY',
  },
  {
    ...accessKey,
    name: 'sessionToken',
    label: 'Session token',
    required: false,
    environment: 'AWS_SESSION_TOKEN',
  },
]

const byKey = bearer()
const bySignature = awsSignature({ service: 'bedrock' })

const sign: Sign = (request, secrets, send) =>
  (secrets.apiKey ? byKey : bySignature)(request, secrets, send)

/** Lists and checks are asked of the control plane. */
const at = (baseUrl: string) => baseUrl.replace('://bedrock-runtime', '://bedrock')

/** China and the sovereign cloud of the EU have domains of their own. */
function domainOf(region = ''): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn'
  return region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com'
}

const quirks = { mediaByValue: true }

/**
 * Reads `GET /inference-profiles`: most models can only be called through one.
 * @throws HubError `upstream_failed` when there is no list.
 */
function readProfiles(body: Json, known: KnownServer): Model[] {
  return listEntries(body, 'inferenceProfileSummaries', known.name).flatMap((entry): Model[] => {
    const id = textOf(entry.inferenceProfileId)
    const model = id === undefined ? undefined : known.find(id, ['chat'])
    return model ? [{ ...model, ...field('name', textOf(entry.inferenceProfileName)) }] : []
  })
}

/** Sources: the types of npm `@aws-sdk/client-bedrock-runtime` and `@aws-sdk/client-bedrock`, November 2026. */
export const bedrockAdapter = adapterFromData(
  {
    id: 'bedrock',
    name: 'Amazon Bedrock',
    baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    baseUrlFor: ({ region }) => `https://bedrock-runtime.${region}.${domainOf(region)}`,
    credentialFields,
    quirks,
    ...readModelFile(models as ModelFile, quirks),
  },
  {
    dialects: {
      chat: [bedrockConverse],
      embeddings: [bedrockEmbeddings],
      images: [bedrockImages],
    },
    sign,
    listModels: { path: '/inference-profiles?maxResults=1000', at, read: readProfiles },
    credentialCheck: { path: '/inference-profiles?maxResults=1', at },
  },
)

/**
 * Amazon Bedrock. A credential has a `region` and an `apiKey`, or `accessKeyId` and `secretAccessKey` (and a
 * `sessionToken`). The ARN of an application inference profile hides its model: name it in `models`, as
 * `{ id: 'arn:…', is: 'anthropic.claude-sonnet-5-5' }`.
 * @throws HubError `invalid_request` when a field is missing or malformed.
 */
export function bedrock(
  options: ProviderSetUp & { credentials: readonly Readonly<Record<string, string>>[] },
): Provider {
  return setUpProvider(bedrockAdapter, options)
}
