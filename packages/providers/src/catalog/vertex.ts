import {
  anthropicCountTokens,
  anthropicMessages,
  geminiContent,
  geminiCountTokens,
  geminiImages,
  geminiVideo,
  vertexEmbeddings,
} from '@aigne-hub/dialects'
import type { CredentialField, Json, Model, Provider, Sign } from '@aigne-hub/protocol'
import models from '../../models/vertex.json' with { type: 'json' }
import { adapterFromData, apiKeyField, type KnownServer } from '../adapter-from-data.ts'
import { googleServiceAccount } from '../auth/google-service-account.ts'
import { header } from '../auth/header.ts'
import { type ModelFile, readModelFile } from '../model-file.ts'
import { listEntries, textOf } from '../model-list.ts'
import { type ProviderSetUp, setUpProvider } from '../set-up-provider.ts'

const account = { required: true, way: 'service account' } as const

const credentialFields: readonly CredentialField[] = [
  {
    ...apiKeyField,
    label: 'API key (express mode)',
    way: 'key',
    environment: 'GOOGLE_VERTEX_API_KEY',
  },
  {
    ...account,
    name: 'project',
    label: 'Project id',
    secret: false,
    // Old ones begin with a domain: `example.com:project-1`.
    pattern: '(?:(?:[a-z0-9-]+\\.)+[a-z]{2,}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]',
    environment: 'GOOGLE_VERTEX_PROJECT',
  },
  {
    ...account,
    name: 'location',
    label: 'Location',
    secret: false,
    pattern: '[a-z]{1,20}(?:-[a-z]{1,20}[0-9]{1,2})?',
    environment: 'GOOGLE_VERTEX_LOCATION',
  },
  {
    ...account,
    name: 'serviceAccount',
    label: 'Service account (JSON key file)',
    secret: true,
    multiline: true,
  },
]

const byKey = header({ name: 'x-goog-api-key' })
const byAccount = googleServiceAccount()

const sign: Sign = (request, secrets, send) =>
  (secrets.apiKey ? byKey : byAccount)(request, secrets, send)

/** Where a location is served from ("Vertex AI locations"); `us` and `eu` are regions of regions. */
function hostOf(location: string): string {
  if (location === 'global') return 'aiplatform.googleapis.com'
  if (location === 'us' || location === 'eu') return `aiplatform.${location}.rep.googleapis.com`
  return `${location}-aiplatform.googleapis.com`
}

function baseUrlFor({
  apiKey,
  project,
  location = 'global',
}: Readonly<Record<string, string>>): string {
  if (apiKey) return 'https://aiplatform.googleapis.com/v1/publishers/google'
  return `https://${hostOf(location)}/v1/projects/${project}/locations/${location}/publishers/google`
}

const quirks = { unsupported: ['functionCall.id'] }

/** The publisher's list of models is the same for everybody, and wants a credential. */
const list = {
  path: '/v1beta1/publishers/google/models?pageSize=100',
  at: (baseUrl: string) => baseUrl.replace(/\/v1\/.*$/, ''),
}

/** @throws HubError `upstream_failed` when there is no list. */
function readModelList(body: Json, known: KnownServer): Model[] {
  return listEntries(body, 'publisherModels', known.name).flatMap((entry): Model[] => {
    const id = textOf(entry.name)?.replace(/^publishers\/google\/models\//, '')
    const operation = /embed/.test(id ?? '') ? 'embeddings' : 'chat'
    const model = id === undefined ? undefined : known.find(id, [operation])
    return model ? [model] : []
  })
}

/**
 * Google Vertex AI: Gemini, and Claude under `publishers/anthropic`. Sources: npm `@google/genai` 3.1 and
 * `@anthropic-ai/vertex-sdk` 1.1, 2026.
 */
export const vertexAdapter = adapterFromData(
  {
    id: 'vertex',
    name: 'Google Vertex AI',
    baseUrl: 'https://aiplatform.googleapis.com/v1/publishers/google',
    baseUrlFor,
    credentialFields,
    quirks,
    ...readModelFile(models as ModelFile, quirks),
  },
  {
    dialects: {
      chat: [geminiContent, anthropicMessages],
      countTokens: [geminiCountTokens, anthropicCountTokens],
      embeddings: [vertexEmbeddings],
      images: [geminiImages],
      video: [geminiVideo],
    },
    sign,
    listModels: { ...list, read: readModelList },
    credentialCheck: list,
  },
)

/**
 * Google Vertex AI. A credential has a `project`, a `location` and a `serviceAccount` (its JSON key file), or
 * an `apiKey` of express mode.
 * @throws HubError `invalid_request` when a field is missing or malformed.
 */
export function vertex(
  options: ProviderSetUp & { credentials: readonly Readonly<Record<string, string>>[] },
): Provider {
  return setUpProvider(vertexAdapter, options)
}
