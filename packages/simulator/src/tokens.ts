// A tokenizer that is nobody's: it cuts text into pieces about as long as real tokens are (a short
// word, three digits, one Chinese character), so that counts and streams look as they would.

const longestWord = 12
const longestNumber = 3
const longestRun = 16

const space = 0x20

function isBlank(code: number): boolean {
  return code === space || (code >= 0x09 && code <= 0x0d)
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** Scripts of short letters: everything before the CJK blocks but symbols and punctuation. */
function isLetter(code: number): boolean {
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
  return code >= 0xc0 && code < 0x2e80 && !(code >= 0x2000 && code <= 0x2bff)
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}

function endOfRun(
  text: string,
  start: number,
  longest: number,
  belongs: (code: number) => boolean,
): number {
  const limit = Math.min(text.length, start + longest)
  let end = start + 1
  while (end < limit && belongs(text.charCodeAt(end))) end++
  return end
}

/** The end of the token that starts at `start`. A surrogate pair is never cut. */
function tokenEnd(text: string, start: number): number {
  let at = start
  let code = text.charCodeAt(at)
  if (code === space) {
    // One space belongs to the word behind it.
    const after = text.charCodeAt(at + 1)
    if (isLetter(after) || isDigit(after)) {
      at++
      code = after
    }
  }
  if (isLetter(code)) return endOfRun(text, at, longestWord, isLetter)
  if (isDigit(code)) return endOfRun(text, at, longestNumber, isDigit)
  if (isBlank(code)) return endOfBlanks(text, at)
  if (isHighSurrogate(code) && isLowSurrogate(text.charCodeAt(at + 1))) return at + 2
  if (code >= 0x2e80) return at + 1
  return endOfRun(text, at, longestRun, (next) => next === code)
}

function endOfBlanks(text: string, start: number): number {
  const end = endOfRun(text, start, longestRun, isBlank)
  const next = text.charCodeAt(end)
  const leavesSpace = end - start > 1 && text.charCodeAt(end - 1) === space
  return leavesSpace && (isLetter(next) || isDigit(next)) ? end - 1 : end
}

/** Cuts `text` into tokens; joined they are `text` again. */
export function splitTokens(text: string): string[] {
  const tokens: string[] = []
  let start = 0
  while (start < text.length) {
    const end = tokenEnd(text, start)
    tokens.push(text.slice(start, end))
    start = end
  }
  return tokens
}

/** How many tokens `splitTokens` would give, without making them. */
export function countTokens(text: string): number {
  let count = 0
  let start = 0
  while (start < text.length) {
    start = tokenEnd(text, start)
    count++
  }
  return count
}
