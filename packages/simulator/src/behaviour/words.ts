// What a question is about, found without understanding it.

/** Words that say nothing about which tool is meant. */
const empty = new Set(
  `a an and are as at be by can could do does for from get give has have how i in is it its let list look
  make me my of on or please run set show tell than that the then these this to use using want was
  what when where which who why will with would you your call tool function find fetch now`.split(
    /\s+/,
  ),
)

const wordPattern = /[\p{L}\p{N}]+/gu
const ideographs = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+/gu

/**
 * The telling words of `text`, lower-case and without a plural s. Names such as `getWeather` and
 * `get_weather` are taken apart; Chinese and Japanese are taken two characters at a time.
 */
export function wordsIn(text: string): Set<string> {
  const words = new Set<string>()
  for (const [run] of text.matchAll(ideographs)) {
    for (let at = 0; at + 1 < run.length; at++) words.add(run.slice(at, at + 2))
  }
  const spaced = text.replace(ideographs, ' ').replace(/([a-z0-9])([A-Z])/g, '$1 $2')
  for (const [word] of spaced.toLowerCase().matchAll(wordPattern)) {
    if (empty.has(word) || word.length < 2) continue
    words.add(word.length > 3 && word.endsWith('s') ? word.slice(0, -1) : word)
  }
  return words
}

/** Numbers as written in `text`, in order. */
export function numbersIn(text: string): number[] {
  return Array.from(text.matchAll(/-?\b\d+(?:\.\d+)?\b/g), ([number]) => Number(number))
}

export interface Names {
  /** Named as one of several: "Paris, Rome and New York". */
  listed: string[]
  /** Named otherwise. */
  others: string[]
}

const capitalised = /\p{Lu}\p{L}[\p{L}\p{M}'’-]*(?: +\p{Lu}\p{L}[\p{L}\p{M}'’-]*)*/gu
/** Words that open a request; a name may follow at once: "Compare Paris and Rome". */
const openers = new Set('add ask book calculate check compare convert look search'.split(' '))
/** White space between two sentences; the whole text before a name would be read for every name. */
const longestPause = 32
const sentenceStart = /(?:^|[.!?:]\s+|\n\s*)["“(]?$/
/** What may stand between two names of a list. */
const separator =
  /^\s*(?:,|&|(?:,\s*)?\b(?:and|or|vs)\b\.?)\s*(?:(?:in|for|of|at|to)\s+)?(?:the\s+)?$/
const preposition = /\b(?:in|for|of|at|near|to|about|between)\s+(?:the\s+)?/
const lowerCaseList =
  /^\p{L}[\p{L}'’-]*(?:\s*(?:,|\band\b|\bor\b|&)\s*(?:in\s+)?\p{L}[\p{L}'’-]*)*/u

/**
 * What `text` names, in order: capitalised words ("Paris", "New York"), else what follows a
 * preposition ("weather in paris and rome").
 */
export function namesIn(text: string): Names {
  const found = capitalisedNames(text)
  if (found.length === 0) return { listed: lowerCaseNames(text), others: [] }
  const runs: string[][] = []
  let end = -1
  for (const { name, start } of found) {
    const run = runs.at(-1)
    if (run && separator.test(text.slice(end, start))) run.push(name)
    else runs.push([name])
    end = start + name.length
  }
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best))
  return {
    listed: [...new Set(longest)],
    others: runs.filter((run) => run !== longest).flat(),
  }
}

function capitalisedNames(text: string): { name: string; start: number }[] {
  const names: { name: string; start: number }[] = []
  for (const match of text.matchAll(capitalised)) {
    let name = match[0]
    let start = match.index
    const first = /^\S+/.exec(name)?.[0] ?? ''
    const isCommon = empty.has(first.toLowerCase()) || openers.has(first.toLowerCase())
    const before = text.slice(Math.max(0, start - longestPause), start)
    // The first word of a sentence is capitalised anyway; before a list it may still be a name.
    const isOpening = sentenceStart.test(before) && !opensList(text, start + name.length)
    if (isCommon || isOpening) {
      const rest = name.slice(first.length).trimStart()
      start += name.length - rest.length
      name = rest
    }
    if (name !== '') names.push({ name, start })
  }
  return names
}

/** Whether the name that ends at `end` is followed by another: "Paris and Rome, please". */
function opensList(text: string, end: number): boolean {
  const next = /^[^\p{L}]*(?:\p{Ll}+\s+){0,2}(?=\p{Lu})/u.exec(text.slice(end, end + 32))
  return next !== null && separator.test(next[0])
}

function lowerCaseNames(text: string): string[] {
  const at = preposition.exec(text)
  const list = at && lowerCaseList.exec(text.slice(at.index + at[0].length))?.[0]
  const words = list?.split(/\s*(?:,|\band\b|\bor\b|&)\s*(?:in\s+)?/u) ?? []
  return [...new Set(words.filter((word) => word !== '' && !empty.has(word)))]
}
