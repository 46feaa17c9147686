// What a target cannot express, and what becomes of it: hints are left out and reported, meaning is
// refused unless the caller would rather lose it (`x-hub-unsupported: drop`).

import type { ChatDialectId, ChatRequest, JsonObject, WireTarget } from '@aigne-hub/protocol'
import { unsupported } from './unsupported-fields.ts'

/** Gathers what one request loses on its way to one target. */
export class Losses {
  readonly #target: WireTarget
  readonly #names = new Set<string>()

  constructor(target: WireTarget) {
    this.#target = target
  }

  /** Something that only helps: `param` is its name in the caller's request. */
  hint(param: string): void {
    this.#names.add(param)
  }

  /**
   * Something without which the answer would not be what was asked for.
   * @param where what has no words for it; default: the target.
   * @param what in words; default: `param`.
   * @throws HubError `unsupported_parameter`, unless the caller wants it dropped.
   */
  meaning(param: string, where?: string, what?: string): void {
    const { provider, model, dropsUnsupported } = this.#target
    if (!dropsUnsupported) throw unsupported(param, where ?? `${provider}/${model}`, what)
    this.#names.add(param)
  }

  /** The caller's top-level fields that only its own dialect knows: `dialect`'s are kept, others lost. */
  extensions({ extensions }: ChatRequest, dialect: ChatDialectId): JsonObject {
    if (extensions === undefined) return {}
    if (extensions.dialect === dialect) return extensions.fields
    const { fields, essential } = extensions
    for (const name of Object.keys(fields)) {
      if (essential?.includes(name)) this.meaning(name)
      else this.hint(name)
    }
    return {}
  }

  /** What only OpenAI's dialects have a field for, and those that split an answer into blocks do not. */
  openAiOnly(request: ChatRequest): void {
    const { sampling } = request
    if ((request.n ?? 1) > 1) this.meaning('n')
    if (request.logprobs) this.meaning('logprobs')
    if (request.modalities?.some((kind) => kind !== 'text')) this.meaning('modalities')
    if (sampling.presencePenalty) this.hint('presence_penalty')
    if (sampling.frequencyPenalty) this.hint('frequency_penalty')
    if (sampling.seed !== undefined) this.hint('seed')
    if (Object.keys(sampling.logitBias ?? {}).length > 0) this.hint('logit_bias')
    if (request.verbosity !== undefined && request.verbosity !== 'medium') this.hint('verbosity')
    if (request.cacheKey !== undefined) this.hint('prompt_cache_key')
    if (request.store) this.hint('store')
    this.include(request)
  }

  /** What a Responses caller wants included. Reasoning that can be sent back comes unasked. */
  include({ include }: ChatRequest): void {
    if (include?.some((name) => name !== 'reasoning.encrypted_content')) this.hint('include')
  }

  /** Headers that only their own dialect has. Its version is one that every client of Anthropic's names. */
  headers({ headers }: ChatRequest): void {
    for (const name in headers) if (name !== 'anthropic-version') this.hint(name)
  }

  /** For the report to the caller. */
  get dropped(): string[] {
    return [...this.#names]
  }
}
