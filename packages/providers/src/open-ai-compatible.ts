import { openAiChat, openAiEmbeddings, openAiImages } from '@aigne-hub/dialects'
import type { Json, Model, Operation, OutboundDialect, ProviderAdapter } from '@aigne-hub/protocol'
import { adapterFromData, type CompatibleOptions, type KnownServer } from './adapter-from-data.ts'
import { bearer } from './auth/bearer.ts'
import { field, listEntries, textOf } from './model-list.ts'

/** `baseUrl` is up to and without `/chat/completions`. */
export interface OpenAiCompatibleOptions extends CompatibleOptions {
  /** What it speaks when it chats, the preferred one first; default: Chat Completions. */
  chat?: readonly OutboundDialect<'chat'>[]
}

/** A whole adapter, from data, for a provider that speaks OpenAI's wire formats. */
export function openAiCompatible(options: OpenAiCompatibleOptions): ProviderAdapter {
  return adapterFromData(options, {
    dialects: {
      chat: options.chat ?? [openAiChat],
      embeddings: [openAiEmbeddings],
      images: [openAiImages],
    },
    sign: bearer(),
    listModels: { path: '/models', read: readModelList },
    credentialCheck: { path: '/models' },
  })
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
function readModelList(body: Json, known: KnownServer): Model[] {
  return listEntries(body, 'data', known.name).flatMap((entry): Model[] => {
    const id = textOf(entry.id)
    const operation = id === undefined ? undefined : operationOf(id)
    if (id === undefined || operation === undefined) return []
    const model = known.find(id, [operation])
    if (model === undefined) return []
    const created = typeof entry.created === 'number' ? entry.created : undefined
    return [{ ...model, ...field('created', created) }]
  })
}
