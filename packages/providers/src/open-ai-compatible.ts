import {
  openAiChat,
  openAiEmbeddings,
  openAiImages,
  openAiModerations,
  openAiSpeech,
  openAiTranscription,
  openAiVideo,
  rerank,
} from '@aigne-hub/dialects'
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
      speech: [openAiSpeech],
      transcription: [openAiTranscription],
      moderations: [openAiModerations],
      rerank: [rerank],
      video: [openAiVideo],
    },
    sign: bearer(),
    listModels: { path: '/models', read: readModelList },
    credentialCheck: { path: '/models' },
  })
}

/** Later than any date in seconds: Poe's are in milliseconds. */
const leastMilliseconds = 100_000_000_000

function secondsIn(created: Json | undefined): number | undefined {
  if (typeof created !== 'number') return undefined
  return created < leastMilliseconds ? created : Math.floor(created / 1000)
}

/** What models with such names can be asked; the first that matches counts. Anything else chats. */
const operations: readonly (readonly [RegExp, Operation | undefined])[] = [
  // Live sessions are no operation of ours.
  [/realtime/, undefined],
  [/whisper|transcribe/, 'transcription'],
  [/tts|speech/, 'speech'],
  [/moderation/, 'moderations'],
  [/rerank/, 'rerank'],
  [/sora|video|veo/, 'video'],
  [/embed/, 'embeddings'],
  [/image|dall-e|seedream|seededit/, 'images'],
  [/(?:)/, 'chat'],
]

function operationOf(id: string): Operation | undefined {
  return operations.find(([pattern]) => pattern.test(id))?.[1]
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
    return [{ ...model, ...field('created', secondsIn(entry.created)) }]
  })
}
