import { isObject, type Json, type JsonObject } from '../../json.ts'
import { choiceIn, invalid, onlyFields, pathOf, refused } from './fields.ts'

const mostMarks = 4
const fields = new Set(['type', 'ttl'])
const lifetimes = ['5m', '1h'] as const

/** The cache breakpoints of one request, in the order in which they stand in the prompt. */
export class CacheMarks {
  #count = 0
  #lifetime: '5m' | '1h' | undefined
  #prefix = 0

  /**
   * Takes the `cache_control` of `block`, if it has one; `prefix` is the number of turns up to and with it.
   * @throws Problem when it cannot be read, or comes after one that lives shorter.
   */
  take(block: JsonObject, prefix: number, path: string): void {
    const control: Json | undefined = block.cache_control ?? undefined
    if (control === undefined) return
    const here = pathOf(path, 'cache_control')
    if (!isObject(control)) throw invalid(here, 'Input should be an object')
    onlyFields(control, fields, here)
    choiceIn(control, 'type', ['ephemeral'], here)
    const lifetime = control.ttl === undefined ? '5m' : choiceIn(control, 'ttl', lifetimes, here)
    if (lifetime === '1h' && this.#lifetime === '5m') {
      throw invalid(
        `${here}.ttl`,
        "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block",
      )
    }
    this.#count++
    this.#lifetime = lifetime
    this.#prefix = prefix
  }

  /** What the behaviour wants to know. @throws Problem when there are too many. */
  summary(): { cachePrefix: number; cacheLifetime: '5m' | '1h' } {
    if (this.#count > mostMarks) {
      throw refused(
        `A maximum of ${mostMarks} blocks with cache_control may be provided. Found ${this.#count}.`,
      )
    }
    return { cachePrefix: this.#prefix, cacheLifetime: this.#lifetime ?? '5m' }
  }
}
