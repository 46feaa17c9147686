import type { Question } from '../../behaviour/chat-types.ts'
import type { Json } from '../../json.ts'
import { refused } from './errors.ts'
import { choiceIn, fieldNames, optionalChoice, structureIn } from './fields.ts'

const mostMarks = 4
const fields = fieldNames('type ttl')

/** The cache points of one request, in the order in which they stand in the prompt. */
export class CacheMarks {
  #count = 0
  #lifetime: '5m' | '1h' = '5m'
  #prefix = 0

  /**
   * Takes a `cachePoint`; `prefix` is the number of turns before it, the one it stands in included.
   * @throws Problem when it cannot be read, or comes after one that lives shorter.
   */
  take(value: Json, prefix: number, path: string): void {
    const mark = structureIn(value, fields, path)
    choiceIn(mark, 'type', ['default'], path)
    const lifetime = optionalChoice(mark, 'ttl', ['5m', '1h'], path) ?? '5m'
    if (this.#count > 0 && lifetime === '1h' && this.#lifetime === '5m') {
      throw refused(`${path}: a cache point of 1h must not come after one of 5m.`)
    }
    this.#count++
    this.#lifetime = lifetime
    this.#prefix = prefix
  }

  /** How many there were. */
  get count(): number {
    return this.#count
  }

  /** What the behaviour wants to know. @throws Problem when there are too many. */
  summary(): Required<Pick<Question, 'cachePrefix' | 'cacheLifetime'>> {
    if (this.#count > mostMarks) {
      throw refused(`At most ${mostMarks} cache points may be provided. Found ${this.#count}.`)
    }
    return { cachePrefix: this.#prefix, cacheLifetime: this.#lifetime }
  }
}
