import { anthropic } from './anthropic.ts'
import { gemini } from './gemini.ts'
import { openai } from './openai.ts'
import { responses } from './responses.ts'
import type { Voice } from './voice.ts'

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
const mounts: Readonly<Record<string, Voice>> = {}

/** The voice at an address, and the path the vendor itself would see. `path` is without the query. */
export function voiceAt(
  path: string,
  headers: Readonly<Record<string, string>>,
): { voice: Voice; path: string } {
  const [, mount = '', rest = ''] = /^\/([a-z-]+)(\/.*)$/.exec(path) ?? []
  const voice = Object.hasOwn(mounts, mount) ? mounts[mount] : undefined
  return voice ? { voice, path: rest } : { voice: voiceOf(path, headers), path }
}

/** Whose wire format a request is in. `path` is without the query; header names are lower-case. */
export function voiceOf(path: string, headers: Readonly<Record<string, string>>): Voice {
  for (const row of rows) {
    if (!path.startsWith(row.path)) continue
    if (row.header === undefined || headers[row.header] !== undefined) return row.voice
  }
  return openai
}
