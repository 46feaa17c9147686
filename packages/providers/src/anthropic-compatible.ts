import { anthropicCountTokens, anthropicMessages } from '@aigne-hub/dialects'
import type { Json, Model, ProviderAdapter, Sign } from '@aigne-hub/protocol'
import { adapterFromData, type CompatibleOptions, type KnownServer } from './adapter-from-data.ts'
import { header } from './auth/header.ts'
import { field, listEntries, secondsOf, textOf, tokensOf } from './model-list.ts'

/**
 * A whole adapter, from data, for a provider that speaks Anthropic's wire format. `baseUrl` is up to
 * and without `/messages`.
 */
export function anthropicCompatible(options: CompatibleOptions): ProviderAdapter {
  return adapterFromData(options, {
    dialects: { chat: [anthropicMessages], countTokens: [anthropicCountTokens] },
    sign: withVersion(header({ name: 'x-api-key' })),
    listModels: { path: '/models?limit=1000', read: readModelList },
    credentialCheck: { path: '/models?limit=1' },
  })
}

/** Requests that no dialect wrote need the version as well. */
function withVersion(sign: Sign): Sign {
  return (request, secrets, send) => {
    const headers = { 'anthropic-version': '2023-06-01', ...request.headers }
    return sign({ ...request, headers }, secrets, send)
  }
}

/**
 * Reads `GET /v1/models`, which tells limits and dates (types of Anthropic's SDK, `ModelInfo`).
 * @throws HubError `upstream_failed` when there is no list.
 */
function readModelList(body: Json, known: KnownServer): Model[] {
  return listEntries(body, 'data', known.name).flatMap((entry): Model[] => {
    const id = textOf(entry.id)
    const model = id === undefined ? undefined : known.find(id, ['chat', 'countTokens'])
    if (model === undefined) return []
    const limits = {
      ...model.limits,
      ...field('context', tokensOf(entry.max_input_tokens)),
      ...field('output', tokensOf(entry.max_tokens)),
    }
    return [
      {
        ...model,
        limits,
        ...field('name', textOf(entry.display_name)),
        ...field('created', secondsOf(entry.created_at)),
        ...field('retires', textOf(entry.retires_at)?.slice(0, 10)),
      },
    ]
  })
}
