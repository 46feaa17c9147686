import { anthropic } from './anthropic.ts'
import { azureOpenai } from './azure-openai.ts'
import { bedrock } from './bedrock.ts'
import { deepseek } from './deepseek.ts'
import { doubao } from './doubao.ts'
import { files, isLink } from './files.ts'
import { gemini } from './gemini.ts'
import { groq } from './groq.ts'
import { ideogram } from './ideogram.ts'
import { lmstudio } from './lmstudio.ts'
import { mistral } from './mistral.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import { openrouter } from './openrouter.ts'
import { poe } from './poe.ts'
import { responses } from './responses.ts'
import { vertex } from './vertex.ts'
import type { Voice } from './voice.ts'
import { xai } from './xai.ts'

interface VoiceRow {
  /** The start of the path. */
  path: string
  /** Where several vendors have the path: the header that only requests of this voice carry. */
  header?: string
  voice: Voice
}

/** The first row that fits; what fits none is OpenAI's. */
const rows: readonly VoiceRow[] = [
  { path: '/v1/messages', voice: anthropic },
  { path: '/v1/models', header: 'anthropic-version', voice: anthropic },
  { path: '/v1/responses', voice: responses },
  { path: '/v1beta/', voice: gemini },
]

/**
 * Vendors that share paths with others, each under a mount of its own: `/<mount>` goes before the
 * vendor's real path, as in `/mistral/v1/chat/completions`.
 */
const mounts: Readonly<Record<string, Voice>> = {
  openai: { ...openai, at: (path) => (path.startsWith('/v1/responses') ? responses : undefined) },
  anthropic,
  google: gemini,
  vertex,
  xai,
  openrouter,
  deepseek,
  groq,
  'azure-openai': azureOpenai,
  mistral,
  lmstudio,
  poe,
  bedrock,
  ollama,
  ideogram,
  doubao,
}

/** The voice at an address, and the path the vendor itself would see. `path` is without the query. */
export function voiceAt(
  path: string,
  headers: Readonly<Record<string, string>>,
): { voice: Voice; path: string } {
  if (isLink(path)) return { voice: files, path }
  const [, mount = '', rest = ''] = /^\/([a-z-]+)(\/.*)$/.exec(path) ?? []
  const voice = Object.hasOwn(mounts, mount) ? mounts[mount] : undefined
  if (!voice) return { voice: voiceOf(path, headers), path }
  return { voice: voice.at?.(rest) ?? voice, path: rest }
}

/** Whose wire format a request is in. `path` is without the query; header names are lower-case. */
export function voiceOf(path: string, headers: Readonly<Record<string, string>>): Voice {
  for (const row of rows) {
    if (!path.startsWith(row.path)) continue
    if (row.header === undefined || headers[row.header] !== undefined) return row.voice
  }
  return openai
}
