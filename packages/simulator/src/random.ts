// Numbers that look random and are the same on every run. Not for anything secret.

/** Spreads every bit of `value` over the whole word (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let word = value
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return (word ^ (word >>> 16)) >>> 0
}

/** A 32-bit hash of `text` (FNV-1a over its UTF-16 units, then mixed). */
export function hash(text: string, seed = 0): number {
  let word = 0x811c9dc5 ^ seed
  for (let at = 0; at < text.length; at++) {
    word = Math.imul(word ^ text.charCodeAt(at), 0x01000193)
  }
  return mix(word)
}

export interface Random {
  /** A whole number of 0 … `limit` - 1. */
  below(limit: number): number
  /** A number of 0 … 1, 1 excluded. */
  fraction(): number
  pick<T>(list: readonly T[]): T
  /** Letters and digits, as vendors make their ids of. */
  id(length: number): string
}

const idAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** The same seed gives the same numbers in the same order. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    return mix(state)
  }
  return {
    below: (limit) => next() % limit,
    fraction: () => next() / 2 ** 32,
    pick(list) {
      const chosen = list[next() % list.length]
      if (chosen === undefined) throw new RangeError('There is nothing to pick from.')
      return chosen
    },
    id(length) {
      let id = ''
      while (id.length < length) {
        let word = next()
        // 62^5 < 2^32: five characters a word.
        for (let count = 0; count < 5 && id.length < length; count++) {
          id += idAlphabet[word % 62]
          word = Math.floor(word / 62)
        }
      }
      return id
    },
  }
}
