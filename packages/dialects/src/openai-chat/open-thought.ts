import type { JsonObject, ReasoningPart, Signature } from '@aigne-hub/protocol'
import { wrapSignature } from '../signature.ts'
import { isPlain, shownText, writeDetails } from './reasoning.ts'

/** A thought that has begun to go out: what of it the caller sees, and what only its end can tell. */
export class OpenThought {
  readonly type = 'reasoning'
  readonly #part: ReasoningPart
  /** Which thought of its message it is. */
  readonly #place: number
  #paragraph: number

  constructor(part: ReasoningPart, place: number) {
    const { summary } = part
    this.#part = { ...part, ...(summary && { summary: [...summary] }) }
    this.#place = place
    this.#paragraph = Math.max(0, (summary?.length ?? 0) - 1)
  }

  /** What it began with, as it is shown. */
  shown(): string {
    return shownText(this.#part)
  }

  /**
   * @param paragraph of the summary; absent = more of the text.
   * @returns what is shown.
   */
  grow(text: string, paragraph: number | undefined): string {
    const part = this.#part
    if (paragraph === undefined) {
      part.text = (part.text ?? '') + text
      return text
    }
    part.summary ??= []
    while (part.summary.length <= paragraph) part.summary.push('')
    part.summary[paragraph] += text
    const gap = paragraph > this.#paragraph ? '\n\n' : ''
    this.#paragraph = paragraph
    return gap + text
  }

  /**
   * What the plain text cannot say, with the text once more: one whole piece, which comes at the end.
   * @param final the thought as its provider says it is in the end.
   */
  details(
    final: ReasoningPart | undefined,
    given: Signature | undefined,
  ): JsonObject[] | undefined {
    const part = final ?? this.#part
    const proof = given ?? part.signature
    const signature = proof && wrapSignature(proof)
    const isEmpty = !part.text && !part.summary && part.redacted === undefined
    if (isPlain(part, signature) || (isEmpty && signature === undefined)) return undefined
    return writeDetails(part, this.#place, signature)
  }
}
