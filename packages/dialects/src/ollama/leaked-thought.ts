const opening = '<think>'
const closing = '</think>'

/** What a piece of content is, in the order it was said. */
export interface SplitContent {
  thought: string
  text: string
}

/**
 * Finds the thought in content that begins with `<think>`: models whose template does not know how to
 * think say it there. Anywhere else the tag is text like any other. The result does not depend on how the
 * content was cut into pieces.
 */
export class LeakedThought {
  #state: 'unknown' | 'inside' | 'behind' | 'over' = 'unknown'
  #held = ''
  #hasThought = false

  /** Content is nothing but text from now on. */
  get isOver(): boolean {
    return this.#state === 'over'
  }

  read(content: string): SplitContent {
    const split: SplitContent = { thought: '', text: '' }
    this.#held += content
    if (this.#state === 'unknown') this.#open()
    if (this.#state === 'inside') this.#think(split)
    if (this.#state === 'behind') this.#held = this.#held.trimStart()
    if (this.#state === 'behind' && this.#held !== '') this.#state = 'over'
    if (this.#state === 'over') split.text = this.#release()
    return split
  }

  /** Nothing more of it comes. @returns what was held back. */
  end(): SplitContent {
    const isThought = this.#state === 'inside'
    const held = this.#release()
    this.#state = 'over'
    return isThought ? { thought: held.trimEnd(), text: '' } : { thought: '', text: held }
  }

  #release(): string {
    const held = this.#held
    this.#held = ''
    return held
  }

  #open(): void {
    const begun = this.#held.trimStart()
    if (begun.startsWith(opening)) {
      this.#state = 'inside'
      this.#held = begun.slice(opening.length)
    } else if (!opening.startsWith(begun)) this.#state = 'over'
  }

  #think(split: SplitContent): void {
    if (!this.#hasThought) this.#held = this.#held.trimStart()
    const end = this.#held.indexOf(closing)
    const isClosed = end >= 0
    const until = isClosed ? end : this.#held.length - beginningAtEnd(this.#held)
    // The blank lines around a thought are the template's.
    split.thought = this.#held.slice(0, until).trimEnd()
    this.#hasThought ||= split.thought !== ''
    if (isClosed) this.#state = 'behind'
    this.#held = this.#held.slice(isClosed ? end + closing.length : split.thought.length)
  }
}

/** How much of the closing tag the text ends with. */
function beginningAtEnd(text: string): number {
  for (let length = closing.length - 1; length > 0; length--) {
    if (text.endsWith(closing.slice(0, length))) return length
  }
  return 0
}
