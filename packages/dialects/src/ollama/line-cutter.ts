/** Text lines out of bytes that are split anywhere, even within a character. */
export class LineCutter {
  readonly #decoder = new TextDecoder()
  #rest = ''

  /** The lines that are whole by now, without their ends. */
  push(bytes: Uint8Array): string[] {
    return this.#cut(this.#decoder.decode(bytes, { stream: true }))
  }

  /** No more bytes come. @returns what has no line end, if anything. */
  end(): string {
    return this.#rest + this.#decoder.decode()
  }

  /** UTF-16 units that wait for the end of their line. */
  get held(): number {
    return this.#rest.length
  }

  #cut(text: string): string[] {
    let end = text.indexOf('\n')
    if (end < 0) {
      this.#rest += text
      return []
    }
    const lines = [this.#rest + text.slice(0, end)]
    let start = end + 1
    for (end = text.indexOf('\n', start); end >= 0; end = text.indexOf('\n', start)) {
      lines.push(text.slice(start, end))
      start = end + 1
    }
    this.#rest = text.slice(start)
    return lines
  }
}
