import { openAiChat, openAiResponses } from '@aigne-hub/dialects'
import { type Headers, HubError, type Model, type ProviderAdapter } from '@aigne-hub/protocol'
import { apiKeyField, type CompatibleOptions } from './adapter-from-data.ts'
import { anthropicCompatible } from './anthropic-compatible.ts'
import { readBaseUrl } from './base-url.ts'
import { geminiCompatible } from './gemini-compatible.ts'
import { ollamaCompatible } from './ollama-compatible.ts'
import { openAiCompatible } from './open-ai-compatible.ts'
import { findProvider } from './registry.ts'

/** What a custom provider can speak. */
export type CustomDialect = 'openai' | 'openai-responses' | 'anthropic' | 'gemini' | 'ollama'

const speak: Readonly<Record<CustomDialect, (options: CompatibleOptions) => ProviderAdapter>> = {
  openai: openAiCompatible,
  'openai-responses': (options) =>
    openAiCompatible({ ...options, chat: [openAiResponses, openAiChat] }),
  anthropic: anthropicCompatible,
  gemini: geminiCompatible,
  ollama: ollamaCompatible,
}

export interface CustomProviderOptions {
  /** The first part of `provider/model`: lower-case letters, digits and dashes. */
  id: string
  /** For people; default: the id. */
  name?: string
  /** Where the server is, up to and without `/chat/completions`, `/messages` or `/models/…`. */
  baseUrl: string
  /**
   * What it speaks: `openai` is everything of OpenAI's that has no state; `openai-responses` the same with
   * the Responses API before Chat Completions.
   */
  dialect: CustomDialect
  /** The server is on a private network. */
  allowPrivateNetwork?: boolean
  /** Sent with every request, besides the credential. */
  headers?: Headers
  /** Models known without asking. Any other name is passed on to the server as well. */
  models?: readonly Model[]
}

const slug = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const maxIdLength = 40
/** Callers may write it in front of any model name. */
const hubPrefix = 'aignehub'

const headerName = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
const headerValue = /^[\t\x20-\x7e]*$/
/** Written by the transport and the dialect. */
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

function refuse(param: string, reason: string): HubError {
  return new HubError('invalid_request', `${param} ${reason}`, { param })
}

function checkId(id: string): void {
  if (!slug.test(id) || id.length > maxIdLength) {
    throw refuse(
      'id',
      `must be at most ${maxIdLength} lower-case letters, digits and single dashes, such as my-vllm.`,
    )
  }
  if (id === hubPrefix || findProvider(id)) {
    throw refuse('id', `"${id}" is taken by a built-in provider. Choose another.`)
  }
}

function readHeaders(headers: Headers): Headers {
  const read: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    if (!headerName.test(lower) || !headerValue.test(value)) {
      throw refuse('headers', `holds "${lower}", whose name or value is not allowed in HTTP.`)
    }
    if (ownHeaders.has(lower)) {
      throw refuse('headers', `must not hold "${lower}": the hub writes that one itself.`)
    }
    read[lower] = value
  }
  return read
}

/**
 * An operator's own server as a provider. The API key is optional.
 * @throws HubError `invalid_request` with `param` naming the field that cannot be used.
 */
export function customProvider(options: CustomProviderOptions): ProviderAdapter {
  const { id, name = id, dialect, models, headers, allowPrivateNetwork = false } = options
  checkId(id)
  if (!Object.hasOwn(speak, dialect)) {
    throw refuse('dialect', `must be one of ${Object.keys(speak).join(', ')}.`)
  }
  return speak[dialect]({
    id,
    name,
    baseUrl: readBaseUrl(options.baseUrl),
    allowPrivateNetwork,
    credentialFields: [{ ...apiKeyField, required: false }],
    ...(headers === undefined ? {} : { headers: readHeaders(headers) }),
    ...(models === undefined ? {} : { models }),
  })
}
