import { openAiChat, openAiEmbeddings, openAiImages } from '@aigne-hub/dialects'
import {
  type CredentialField,
  type DialectId,
  type Headers,
  HubError,
  isJsonObject,
  type Json,
  type Model,
  type Operation,
  type ProviderAdapter,
  type Quirks,
  type Sign,
  type Transport,
} from '@aigne-hub/protocol'
import { bearer } from './auth/bearer.ts'

export interface OpenAiCompatibleOptions {
  /** Lower-case, stable: the first part of `provider/model`. */
  id: string
  name: string
  /** Up to and without `/chat/completions`; no slash at the end. */
  baseUrl: string
  /** What the server can be asked; default: everything this family has. */
  operations?: readonly Operation[]
  quirks?: Quirks
  /** Models known without asking. */
  models?: readonly Model[]
  /** Only the models above exist. */
  modelsAreComplete?: boolean
  allowPrivateNetwork?: boolean
  /** Sent with every request. Lower-case names. */
  headers?: Headers
  /** Default: one required API key. */
  credentialFields?: readonly CredentialField[]
  /** Default: the API key as bearer token. */
  sign?: Sign
  /** Its own way to be reached, instead of the router's. */
  transport?: Transport
}

const dialects = { chat: openAiChat, embeddings: openAiEmbeddings, images: openAiImages }

/** The one field most providers ask for. */
export const apiKeyField: CredentialField = {
  name: 'apiKey',
  label: 'API key',
  secret: true,
  required: true,
}

/** A whole adapter, from data, for a provider that speaks OpenAI's wire formats. */
export function openAiCompatible(options: OpenAiCompatibleOptions): ProviderAdapter {
  const { id, name, baseUrl, operations = ['chat', 'embeddings', 'images'] } = options
  const { models = [], credentialFields = [apiKeyField], sign = bearer() } = options
  const offered = operations.map((operation) => [operation, dialects[operation]] as const)
  return {
    id,
    name,
    baseUrl,
    allowPrivateNetwork: options.allowPrivateNetwork ?? false,
    credentialFields,
    sign: options.headers === undefined ? sign : withHeaders(options.headers, sign),
    dialects: Object.fromEntries(offered),
    relay: offered.flatMap(([, dialect]): DialectId[] => (dialect.relay ? [dialect.id] : [])),
    quirks: options.quirks ?? {},
    models,
    modelsAreComplete: options.modelsAreComplete ?? false,
    listModels: {
      path: '/models',
      read: (body) => readModelList(body, { name, models, operations }),
    },
    credentialCheck: { path: '/models' },
    ...(options.transport === undefined ? {} : { transport: options.transport }),
  }
}

/** Adds an operator's own headers first, so that none of them can replace the credential. */
function withHeaders(headers: Headers, sign: Sign): Sign {
  return (request, secrets) =>
    sign({ ...request, headers: { ...request.headers, ...headers } }, secrets)
}

/** Models whose names say that none of our operations is theirs: speech, moderation, live sessions. */
const otherModels = /whisper|tts|transcribe|moderation|realtime|sora/

function operationOf(id: string): Operation | undefined {
  if (otherModels.test(id)) return undefined
  if (/embed/.test(id)) return 'embeddings'
  if (/image|dall-e/.test(id)) return 'images'
  return 'chat'
}

/**
 * Reads `GET /models`. The list says nothing but ids and dates (OpenAI's API reference, "List models"),
 * so what is known of a model is added, and what an unknown one can do is read off its name.
 * @throws HubError `upstream_failed` when there is no list.
 */
function readModelList(
  body: Json,
  known: { name: string; models: readonly Model[]; operations: readonly Operation[] },
): Model[] {
  const entries = isJsonObject(body) ? body.data : undefined
  if (!Array.isArray(entries)) {
    throw new HubError(
      'upstream_failed',
      `${known.name} answered the request for its models with something that is no list of models.`,
    )
  }
  return entries.flatMap((entry): Model[] => {
    if (!isJsonObject(entry) || typeof entry.id !== 'string' || entry.id === '') return []
    const { id } = entry
    const created = typeof entry.created === 'number' ? { created: entry.created } : {}
    const model = known.models.find((candidate) => candidate.id === id)
    if (model) return [{ ...model, ...created }]
    const operation = operationOf(id)
    if (operation === undefined || !known.operations.includes(operation)) return []
    return [{ id, operations: [operation], ...created }]
  })
}
