import { ollamaChat, ollamaEmbeddings } from '@aigne-hub/dialects'
import type { Json, Model, ProviderAdapter } from '@aigne-hub/protocol'
import { adapterFromData, type CompatibleOptions, type KnownServer } from './adapter-from-data.ts'
import { bearer } from './auth/bearer.ts'
import { field, listEntries, secondsOf, textOf } from './model-list.ts'

/**
 * A whole adapter, from data, for a server that speaks Ollama's own wire format. `baseUrl` is up to and
 * without `/api/chat`.
 */
export function ollamaCompatible(options: CompatibleOptions): ProviderAdapter {
  return adapterFromData(
    { ...options, quirks: { mediaByValue: true, slowStart: true, ...options.quirks } },
    {
      dialects: { chat: [ollamaChat], embeddings: [ollamaEmbeddings] },
      sign: bearer(),
      listModels: { path: '/api/tags', read: readModelList },
      credentialCheck: { path: '/api/tags' },
    },
  )
}

/**
 * Reads `GET /api/tags`, the models that are installed (Ollama's API reference, "List local models").
 * @throws HubError `upstream_failed` when there is no list.
 */
function readModelList(body: Json, known: KnownServer): Model[] {
  return listEntries(body, 'models', known.name).flatMap((entry): Model[] => {
    const id = textOf(entry.model) ?? textOf(entry.name)
    const can = Array.isArray(entry.capabilities) ? entry.capabilities : undefined
    const embeds = can ? can.includes('embedding') : /embed|minilm|bge-/.test(id ?? '')
    const model = id === undefined ? undefined : known.find(id, [embeds ? 'embeddings' : 'chat'])
    if (model === undefined) return []
    return [{ ...model, ...field('created', secondsOf(entry.modified_at)) }]
  })
}
