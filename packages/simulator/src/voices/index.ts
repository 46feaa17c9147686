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

/** Whose wire format a request is in. `path` is without the query; header names are lower-case. */
export function voiceOf(path: string, headers: Readonly<Record<string, string>>): Voice {
  for (const row of rows) {
    if (!path.startsWith(row.path)) continue
    if (row.header === undefined || headers[row.header] !== undefined) return row.voice
  }
  return openai
}
