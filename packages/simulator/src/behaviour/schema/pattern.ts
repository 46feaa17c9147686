// Strings that match a regular expression: the expression is read and one way through it is taken.
// Source: ECMA-262, "Patterns"; look-around and back-references are left to the check afterwards.

import { Script } from 'node:vm'
import type { Random } from '../../random.ts'

/** An expression from a request must not be able to stop the process. */
const matchTimeoutMs = 1000
/** Unbounded repetition goes at most this far beyond its minimum. */
const longestRepeat = 64
/** A repetition gives up here; what it made will not match. */
const longestText = 16_384

/** Whether `text` matches; undefined when the expression is malformed or takes too long. */
export function matchesPattern(pattern: string, text: string): boolean | undefined {
  const source = (flags: string) =>
    `new RegExp(${JSON.stringify(pattern)}, ${JSON.stringify(flags)}).test(${JSON.stringify(text)})`
  for (const flags of ['u', '']) {
    try {
      return new Script(source(flags)).runInThisContext({ timeout: matchTimeoutMs }) === true
    } catch (error) {
      // Not valid with this flag: the other one decides.
      if (!(error instanceof SyntaxError)) return undefined
    }
  }
  return undefined
}

/** A node gives one string it matches; `extra` is how far open repetition goes beyond its minimum. */
type Node = (random: Random, extra: number) => string

export interface PatternSampler {
  /** A string that should match, longer with a larger `extra`. */
  make(random: Random, extra: number): string
  /** It always matches. Else the expression has look-around or the like, and must be asked. */
  isExact: boolean
}

/** Undefined when the expression cannot be read. */
export function readPattern(pattern: string): PatternSampler | undefined {
  const reader = new PatternReader(Array.from(pattern))
  try {
    return { make: reader.read(), isExact: reader.isExact }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const between = (first: string, last: string) =>
  Array.from({ length: last.charCodeAt(0) - first.charCodeAt(0) + 1 }, (_, at) =>
    String.fromCharCode(first.charCodeAt(0) + at),
  )
const digits = between('0', '9')
const lower = between('a', 'z')
const upper = between('A', 'Z')
const wordCharacters = [...lower, ...upper, ...digits, '_']
const printable = between(' ', '~')

const classes: Readonly<Record<string, readonly string[]>> = {
  d: digits,
  w: wordCharacters,
  s: [' '],
  D: printable.filter((character) => !digits.includes(character)),
  W: printable.filter((character) => !wordCharacters.includes(character)),
  S: printable.filter((character) => character !== ' '),
}
const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' }

class PatternReader {
  readonly #characters: readonly string[]
  #at = 0
  isExact = true

  constructor(characters: readonly string[]) {
    this.#characters = characters
  }

  read(): Node {
    const node = this.#alternatives()
    if (this.#at < this.#characters.length) throw new SyntaxError('unbalanced')
    return node
  }

  #peek(): string | undefined {
    return this.#characters[this.#at]
  }

  #take(): string {
    const character = this.#characters[this.#at++]
    if (character === undefined) throw new SyntaxError('ends too early')
    return character
  }

  #skip(text: string): boolean {
    const found = this.#characters.slice(this.#at, this.#at + text.length).join('') === text
    if (found) this.#at += text.length
    return found
  }

  #alternatives(): Node {
    const branches = [this.#sequence()]
    while (this.#skip('|')) branches.push(this.#sequence())
    return (random, extra) => random.pick(branches)(random, extra)
  }

  #sequence(): Node {
    const nodes: Node[] = []
    while (![undefined, '|', ')'].includes(this.#peek())) {
      nodes.push(this.#quantified(this.#atom()))
    }
    return (random, extra) => nodes.map((node) => node(random, extra)).join('')
  }

  #quantified(node: Node): Node {
    const bounds = this.#bounds()
    if (!bounds) return node
    this.#skip('?')
    const { least, most } = bounds
    return (random, extra) => {
      const count = Math.min(most, least + Math.min(extra, longestRepeat))
      let text = ''
      for (let done = 0; done < count && text.length <= longestText; done++) {
        text += node(random, extra)
      }
      return text
    }
  }

  #bounds(): { least: number; most: number } | undefined {
    if (this.#skip('*')) return { least: 0, most: Infinity }
    if (this.#skip('+')) return { least: 1, most: Infinity }
    if (this.#skip('?')) return { least: 0, most: 1 }
    const rest = this.#characters.slice(this.#at, this.#at + 24).join('')
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(rest)
    if (!counted) return undefined
    this.#at += counted[0].length
    const least = Number(counted[1])
    if (counted[2] === undefined) return { least, most: least }
    return { least, most: counted[3] === '' ? Infinity : Number(counted[3]) }
  }

  #atom(): Node {
    const character = this.#take()
    switch (character) {
      case '^':
      case '$':
        return this.#anchor(character)
      case '.':
        return oneOf([...lower, ...digits])
      case '(':
        return this.#group()
      case '[':
        return oneOf(this.#set())
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        throw new SyntaxError('nothing to repeat')
      default:
        return () => character
    }
  }

  /** Fine where nothing can stand on its other side: at an end of the whole expression. */
  #anchor(character: '^' | '$'): Node {
    const outermost = character === '^' ? 1 : this.#characters.length
    if (this.#at !== outermost) this.isExact = false
    return () => ''
  }

  #group(): Node {
    const isAssertion = ['?=', '?!', '?<=', '?<!'].some((opening) => this.#skip(opening))
    if (!isAssertion && !this.#skip('?:') && this.#skip('?<')) while (this.#take() !== '>');
    if (isAssertion) this.isExact = false
    const inner = this.#alternatives()
    if (!this.#skip(')')) throw new SyntaxError('unclosed group')
    return isAssertion ? () => '' : inner
  }

  #escape(): Node {
    if (this.#peek() === 'b' || this.#peek() === 'B') {
      this.#at++
      this.isExact = false
      return () => ''
    }
    return oneOf(this.#escaped())
  }

  /** What an escape stands for; the backslash is behind us. */
  #escaped(): readonly string[] {
    const character = this.#take()
    const known = classes[character]
    if (known) return known
    if (character === 'p' || character === 'P') return this.#property()
    if (character === 'x') return [this.#codePoint(2)]
    if (character === 'u') {
      if (!this.#skip('{')) return [this.#codePoint(4)]
      let hex = ''
      for (let next = this.#take(); next !== '}'; next = this.#take()) hex += next
      return [fromHex(hex)]
    }
    if (character >= '1' && character <= '9') throw new SyntaxError('back-reference')
    return [controls[character] ?? character]
  }

  #codePoint(length: number): string {
    let hex = ''
    while (hex.length < length) hex += this.#take()
    return fromHex(hex)
  }

  #property(): readonly string[] {
    if (!this.#skip('{')) throw new SyntaxError('property')
    let name = ''
    for (let next = this.#take(); next !== '}'; next = this.#take()) name += next
    if (name.startsWith('N')) return digits
    return name === 'Lu' ? upper : lower
  }

  #set(): string[] {
    const isNegated = this.#skip('^')
    const members = new Set<string>()
    while (!this.#skip(']')) {
      const first = this.#member()
      const start = first[0]
      if (first.length === 1 && start !== undefined && this.#isRange()) {
        this.#at++
        const end = this.#member()[0] ?? start
        for (const member of span(start, end)) members.add(member)
      } else for (const member of first) members.add(member)
    }
    return isNegated ? printable.filter((one) => !members.has(one)) : [...members]
  }

  #isRange(): boolean {
    return this.#peek() === '-' && this.#characters[this.#at + 1] !== ']'
  }

  #member(): readonly string[] {
    const character = this.#take()
    if (character !== '\\') return [character]
    if (this.#skip('b')) return ['\b']
    return this.#escaped()
  }
}

function fromHex(hex: string): string {
  if (!/^[0-9a-f]{1,6}$/i.test(hex)) throw new SyntaxError('code point')
  const code = Number.parseInt(hex, 16)
  if (code > 0x10ffff) throw new SyntaxError('code point')
  return String.fromCodePoint(code)
}

/** The characters of a range, at most a few hundred. */
function span(first: string, last: string): string[] {
  const start = first.codePointAt(0) ?? 0
  const length = (last.codePointAt(0) ?? 0) - start + 1
  return Array.from({ length: Math.max(0, Math.min(length, 256)) }, (_, at) =>
    String.fromCodePoint(start + at),
  )
}

function oneOf(characters: readonly string[]): Node {
  if (characters.length === 0) throw new SyntaxError('empty set')
  return (random) => random.pick(characters)
}
