import {
  geminiContent,
  geminiCountTokens,
  geminiEmbeddings,
  geminiImages,
  geminiVideo,
} from '@aigne-hub/dialects'
import type { Json, Model, Operation, ProviderAdapter } from '@aigne-hub/protocol'
import { adapterFromData, type CompatibleOptions, type KnownServer } from './adapter-from-data.ts'
import { header } from './auth/header.ts'
import { field, listEntries, textOf, tokensOf } from './model-list.ts'

/**
 * A whole adapter, from data, for a provider that speaks Gemini's wire format. `baseUrl` is up to and
 * without `/models/…`.
 */
export function geminiCompatible(options: CompatibleOptions): ProviderAdapter {
  return adapterFromData(options, {
    dialects: {
      chat: [geminiContent],
      countTokens: [geminiCountTokens],
      embeddings: [geminiEmbeddings],
      images: [geminiImages],
      video: [geminiVideo],
    },
    sign: header({ name: 'x-goog-api-key' }),
    listModels: { path: '/models?pageSize=1000', read: readModelList },
    credentialCheck: { path: '/models?pageSize=1' },
  })
}

/** The methods of its API, as our operations. */
const operationsOf: Readonly<Record<string, Operation>> = {
  generateContent: 'chat',
  countTokens: 'countTokens',
  embedContent: 'embeddings',
  predictLongRunning: 'video',
}

/**
 * Reads `GET /models`, which tells methods and limits (types of Google's SDK, `Model`).
 * @throws HubError `upstream_failed` when there is no list.
 */
function readModelList(body: Json, known: KnownServer): Model[] {
  return listEntries(body, 'models', known.name).flatMap((entry): Model[] => {
    const id = textOf(entry.name)?.replace(/^models\//, '')
    const methods = Array.isArray(entry.supportedGenerationMethods)
      ? entry.supportedGenerationMethods
      : []
    const operations = methods.flatMap((method): Operation[] => {
      const operation = typeof method === 'string' ? operationsOf[method] : undefined
      return operation === undefined ? [] : [operation]
    })
    const model = id === undefined ? undefined : known.find(id, operations)
    if (model === undefined) return []
    const limits = {
      ...model.limits,
      ...field('context', tokensOf(entry.inputTokenLimit)),
      ...field('output', tokensOf(entry.outputTokenLimit)),
    }
    return [{ ...model, limits, ...field('name', textOf(entry.displayName)) }]
  })
}
