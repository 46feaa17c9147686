// Server-sent events of providers, read tolerantly: any line ending, a byte-order mark, comments,
// bytes split anywhere, no blank line at the end, and the JSON that some servers send instead of
// events, as a whole answer or as one line in the middle of a stream.

import { createParser } from 'eventsource-parser'

export interface SseHandler {
  /** @param name the `event:` field. */
  onEvent(data: string, name: string | undefined): void
  onComment(): void
  /** JSON outside any event; nothing is read after it. `isWhole`: its last bracket has come. */
  onBareJson(text: string, isWhole: boolean): void
  /** More than `maxEventLength` without an end; nothing is read after it. */
  onTooLong(): void
}

export interface SseReader {
  push(bytes: Uint8Array): void
  /** The bytes have ended: an event without its blank line counts. */
  end(): void
}

/** UTF-16 units that one event may have. */
const maxEventLength = 16 * 1024 * 1024

export function createSseReader(handler: SseHandler): SseReader {
  const decoder = new TextDecoder()
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent: ({ data, event }) => handler.onEvent(data, event),
    onComment: () => handler.onComment(),
    onError(error) {
      if (error.type !== 'max-buffer-size-exceeded') return
      isOver = true
      handler.onTooLong()
    },
  })
  let isOver = false
  let atLineStart = true
  let json: JsonCollector | undefined

  function feed(text: string): void {
    if (isOver || text === '') return
    const start = json ? 0 : bareJsonStart(text, atLineStart)
    const last = text.charCodeAt(text.length - 1)
    atLineStart = last === 0x0a || last === 0x0d
    if (start !== 0) parser.feed(start < 0 ? text : text.slice(0, start))
    if (start < 0 || isOver) return
    json ??= new JsonCollector()
    collect(json, text.slice(start))
  }

  function collect(collector: JsonCollector, text: string): void {
    const isWhole = collector.add(text)
    if (isWhole || collector.text.length > maxEventLength) {
      isOver = true
      if (isWhole) handler.onBareJson(collector.text, true)
      else handler.onTooLong()
    }
  }

  return {
    push: (bytes) => feed(decoder.decode(bytes, { stream: true })),
    end() {
      feed(decoder.decode())
      if (isOver) return
      isOver = true
      if (json) handler.onBareJson(json.text, false)
      else parser.feed('\n\n')
    },
  }
}

/** Where a line begins with a bracket, which no field of an event does; -1 when none does. */
function bareJsonStart(text: string, atLineStart: boolean): number {
  if (atLineStart && opensJson(text, 0)) return 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    if (opensJson(text, at + 1)) return at + 1
  }
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) {
    if (opensJson(text, at + 1)) return at + 1
  }
  return -1
}

function opensJson(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 0x7b || code === 0x5b
}

/** Gathers one JSON value up to its last bracket. */
class JsonCollector {
  text = ''
  #depth = 0
  #inString = false
  #escaped = false

  /** @returns whether the value is complete; what follows it is not kept. */
  add(piece: string): boolean {
    for (let at = 0; at < piece.length; at++) {
      const char = piece[at]
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (char === '\\') this.#escaped = true
        else if (char === '"') this.#inString = false
      } else if (char === '"') this.#inString = true
      else if (char === '{' || char === '[') this.#depth++
      else if ((char === '}' || char === ']') && --this.#depth === 0) {
        this.text += piece.slice(0, at + 1)
        return true
      }
    }
    this.text += piece
    return false
  }
}
