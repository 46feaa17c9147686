// `options`, which say how tokens are picked and how the model runs, and what callers of other dialects
// may say in Ollama's own words.

import { type ChatRequest, isJsonObject, type JsonObject } from '@aigne-hub/protocol'
import type { Losses } from '../losses.ts'
import { put } from '../read-field.ts'

/** Top-level fields of Ollama's that go out as they came, whoever says them. */
const ownFields: ReadonlySet<string> = new Set(['keep_alive', 'truncate', 'shift'])
/** Options that are often said at the top level. */
const ownOptions: ReadonlySet<string> = new Set(['num_ctx', 'min_p', 'repeat_penalty'])

/**
 * What of the caller's extensions is in Ollama's words, whatever the caller's dialect; the rest is lost.
 * @throws HubError `unsupported_parameter` as `Losses` does.
 */
export function knownExtensions(
  request: ChatRequest,
  losses: Losses,
): { fields: JsonObject; options: JsonObject } {
  const fields: JsonObject = {}
  const options: JsonObject = {}
  const { extensions } = request
  if (extensions === undefined) return { fields, options }
  const others: JsonObject = {}
  for (const name in extensions.fields) {
    const value = extensions.fields[name]
    if (name === 'options' && isJsonObject(value)) Object.assign(options, value)
    else if (ownFields.has(name)) fields[name] = value
    else if (ownOptions.has(name)) options[name] = value
    else others[name] = value
  }
  losses.extensions({ ...request, extensions: { ...extensions, fields: others } }, 'ollama')
  return { fields, options }
}

/** What the request says in words of its own wins over `options`: the limit of tokens is what is paid for. */
export function writeOptions(
  { sampling, maxOutputTokens, stop }: ChatRequest,
  given: JsonObject,
  losses: Losses,
): JsonObject {
  const { topK, logitBias } = sampling
  if (Object.keys(logitBias ?? {}).length > 0) losses.hint('logit_bias')
  const options: JsonObject = { ...given }
  put(options, 'temperature', sampling.temperature)
  put(options, 'top_p', sampling.topP)
  // Where others say -1, Ollama takes silence.
  if (topK !== undefined && topK >= 0) options.top_k = topK
  put(options, 'presence_penalty', sampling.presencePenalty)
  put(options, 'frequency_penalty', sampling.frequencyPenalty)
  put(options, 'seed', sampling.seed)
  put(options, 'num_predict', maxOutputTokens)
  put(options, 'stop', stop)
  return options
}
