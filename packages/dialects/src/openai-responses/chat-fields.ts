import type { ChatRequest, JsonObject } from '@aigne-hub/protocol'

/**
 * Top-level fields of OpenAI's chat that have the same name and meaning here. A caller of chat cannot
 * know that a model is asked in this dialect.
 */
const shared: ReadonlySet<string> = new Set([
  'moderation',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
])

/** What of chat's own fields can be said here too, and the request without it. */
export function takeChatFields(request: ChatRequest): { rest: ChatRequest; taken: JsonObject } {
  const { extensions } = request
  const taken: JsonObject = {}
  if (extensions?.dialect !== 'openai-chat') return { rest: request, taken }
  const fields: JsonObject = {}
  for (const [name, value] of Object.entries(extensions.fields)) {
    if (shared.has(name)) taken[name] = value
    else fields[name] = value
  }
  return { rest: { ...request, extensions: { ...extensions, fields } }, taken }
}
