import {
  type ChatRequest,
  isJsonObject,
  type JsonObject,
  type WireTarget,
} from '@aigne-hub/protocol'
import { Losses } from '../losses.ts'
import type { Cache } from './cache-control.ts'
import { legalId } from './tool-call.ts'

/** Cache marks a request may have (Anthropic, "Prompt caching"). */
const maxMarks = 4

/** What the writers of one request share. */
export class WriteContext {
  readonly target: WireTarget
  readonly losses: Losses
  /** The caller spoke this dialect itself, and knows what its models take. */
  readonly isOwnCaller: boolean
  readonly #takesCache: boolean
  readonly #marked: JsonObject[] = []
  /** Ids of calls as they came, and as they are written. */
  readonly #ids = new Map<string, string>()
  readonly #written = new Set<string>()

  constructor({ headers }: ChatRequest, target: WireTarget) {
    this.target = target
    this.losses = new Losses(target)
    this.isOwnCaller = headers?.['anthropic-version'] !== undefined
    this.#takesCache = !target.quirks.unsupported?.includes('cache_control')
  }

  /** Lets a prompt cache end at `block`. To be called in the order of the prompt. */
  mark(block: JsonObject, cache: Cache | undefined): void {
    if (cache === undefined) return
    if (!this.#takesCache) {
      this.losses.hint('cache_control')
      return
    }
    block.cache_control = { type: 'ephemeral', ...cache }
    this.#marked.push(block)
  }

  /**
   * The id of a call as the provider takes it: the same for the call and its result, and no other call's.
   * It depends on nothing that comes later, so a prompt that grows stays the same up to there.
   */
  idOf(id: string): string {
    const known = this.#ids.get(id)
    if (known !== undefined) return known
    let written = legalId(id)
    while (this.#written.has(written)) written += '_'
    this.#ids.set(id, written)
    this.#written.add(written)
    return written
  }

  /** A copy of a block that goes out as the caller wrote it, whose mark counts too. */
  copied(block: JsonObject): JsonObject {
    const copy = { ...block }
    if (!isJsonObject(copy.cache_control)) return copy
    if (this.#takesCache) this.#marked.push(copy)
    else {
      delete copy.cache_control
      this.losses.hint('cache_control')
    }
    return copy
  }

  /** Takes away the first marks where there are too many: the last ones cover most of the prompt. */
  trimMarks(): void {
    const excess = this.#marked.length - maxMarks
    for (const block of this.#marked.slice(0, Math.max(0, excess))) {
      delete block.cache_control
      this.losses.hint('cache_control')
    }
  }
}
