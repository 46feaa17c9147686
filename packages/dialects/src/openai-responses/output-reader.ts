// The output items of a stream: what grows them, and what they are in the end.

import {
  type ChatEvent,
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
} from '@aigne-hub/protocol'
import { readLogprobs } from '../openai-chat/logprobs.ts'
import { readAnnotation } from './annotations.ts'
import { readOther, readSpoken, textOf } from './output-items.ts'

const maxIndex = 10_000

interface OpenItem {
  item: JsonObject
  /** The part of an item that is no message; undefined while it has not started. */
  index: number | undefined
  /** The parts of a message, by `content_index`. */
  contents: (number | undefined)[]
  isDone: boolean
}

/** The types of items that events make grow. */
const grownBy = new Map([
  ['response.content_part.added', 'message'],
  ['response.output_text.delta', 'message'],
  ['response.refusal.delta', 'message'],
  ['response.output_text.annotation.added', 'message'],
  ['response.reasoning_summary_part.added', 'reasoning'],
  ['response.reasoning_summary_text.delta', 'reasoning'],
  ['response.reasoning_text.delta', 'reasoning'],
  ['response.function_call_arguments.delta', 'function_call'],
  ['response.custom_tool_call_input.delta', 'custom_tool_call'],
])

/** A number within reason, or undefined. */
function indexOf(value: Json | undefined): number | undefined {
  const usable = typeof value === 'number' && Number.isInteger(value)
  return usable && value >= 0 && value < maxIndex ? value : undefined
}

export class OutputReader {
  readonly #vendor: string
  readonly #items: (OpenItem | undefined)[] = []
  #nextIndex = 0
  #hasCalls = false

  constructor(vendor: string) {
    this.#vendor = vendor
  }

  /** Whether the event says something of an item. */
  knows(type: string, { item }: JsonObject): boolean {
    if (grownBy.has(type)) return true
    const isItem = type === 'response.output_item.added' || type === 'response.output_item.done'
    return isItem && isJsonObject(item)
  }

  read(type: string, event: JsonObject, out: ChatEvent[]): void {
    // Servers that number nothing send one item after another.
    const at = indexOf(event.output_index) ?? Math.max(0, this.#items.length - 1)
    if (isJsonObject(event.item)) {
      if (type === 'response.output_item.added') this.#add(at, event.item, out)
      else this.#done(at, event.item, out)
      return
    }
    const open = this.#items[at] ?? this.#add(at, { type: grownBy.get(type) ?? '' }, out)
    if (open.isDone || open.item.type !== grownBy.get(type)) return
    if (open.item.type === 'message') this.#growMessage(open, type, event, out)
    else this.#grow(open, type, event, out)
  }

  /** Ends what is open, with what the whole answer says of it. @returns whether there were calls. */
  finish(output: Json | undefined, out: ChatEvent[]): boolean {
    const items = Array.isArray(output) ? output : []
    for (let at = 0; at < Math.max(items.length, this.#items.length); at++) {
      const open = this.#items[at]
      const item = items[at]
      if (open?.isDone) continue
      if (isJsonObject(item) && (!open || open.item.type === item.type)) this.#done(at, item, out)
      else if (open) this.#close(open, out)
    }
    return this.#hasCalls
  }

  #add(at: number, item: JsonObject, out: ChatEvent[]): OpenItem {
    const known = this.#items[at]
    if (known) return known
    const open: OpenItem = { item, index: undefined, contents: [], isDone: false }
    this.#items[at] = open
    const { type } = item
    // A message has its pieces; a picture is there when it is finished, and a call once it has a name.
    const isCall = type === 'function_call' || type === 'custom_tool_call'
    const waits =
      type === 'message' || type === 'image_generation_call' || (isCall && !textOf(item.name))
    if (!waits) open.index = this.#start(readOther(item, this.#vendor), out)
    return open
  }

  #start(part: Part, out: ChatEvent[]): number {
    const index = this.#nextIndex++
    this.#hasCalls ||= part.type === 'toolCall'
    out.push({ type: 'partStart', choice: 0, index, part })
    return index
  }

  #growMessage(open: OpenItem, type: string, event: JsonObject, out: ChatEvent[]): void {
    const { part, delta, annotation } = event
    const at = indexOf(event.content_index) ?? 0
    const opening = isJsonObject(part)
      ? part
      : { type: type === 'response.refusal.delta' ? 'refusal' : 'output_text' }
    const index = open.contents[at] ?? this.#content(open, at, opening, out)
    if (index === undefined) return
    if (isJsonObject(annotation)) {
      out.push({ type: 'partDelta', choice: 0, index, annotation: readAnnotation(annotation) })
    } else if (typeof delta === 'string' && delta !== '') {
      const logprobs = event.logprobs ? readLogprobs(event.logprobs) : undefined
      out.push({
        type: 'partDelta',
        choice: 0,
        index,
        text: delta,
        ...(logprobs && { logprobs }),
      })
    }
  }

  #content(open: OpenItem, at: number, content: Json, out: ChatEvent[]): number | undefined {
    const isFirst = open.contents.every((index) => index === undefined)
    const part = readSpoken(content, isFirst ? open.item : undefined)
    if (!part) return undefined
    const index = this.#start(part, out)
    open.contents[at] = index
    return index
  }

  #grow(open: OpenItem, type: string, event: JsonObject, out: ChatEvent[]): void {
    const { index } = open
    const { delta } = event
    if (index === undefined) return
    if (type === 'response.reasoning_summary_part.added') {
      const text = isJsonObject(event.part) ? textOf(event.part.text) : ''
      const summaryIndex = indexOf(event.summary_index) ?? 0
      out.push({ type: 'partDelta', choice: 0, index, text, summaryIndex })
    } else if (typeof delta === 'string' && delta !== '') {
      if (type === 'response.reasoning_summary_text.delta') {
        const summaryIndex = indexOf(event.summary_index) ?? 0
        out.push({ type: 'partDelta', choice: 0, index, text: delta, summaryIndex })
      } else if (type === 'response.reasoning_text.delta') {
        out.push({ type: 'partDelta', choice: 0, index, text: delta })
      } else out.push({ type: 'partDelta', choice: 0, index, input: delta })
    }
  }

  /** The item as it is in the end goes, whatever was said before. */
  #done(at: number, item: JsonObject, out: ChatEvent[]): void {
    const open = this.#items[at] ?? this.#add(at, item, out)
    if (open.isDone) return
    open.isDone = true
    if (item.type === 'message') this.#messageDone(open, item, out)
    else {
      const part = readOther(item, this.#vendor)
      const index = open.index ?? this.#start(part, out)
      out.push({
        type: 'partEnd',
        choice: 0,
        index,
        ...(part.signature && { signature: part.signature }),
        part,
      })
    }
  }

  #messageDone(open: OpenItem, item: JsonObject, out: ChatEvent[]): void {
    const contents = Array.isArray(item.content) ? item.content : []
    let isFirst = true
    for (let at = 0; at < Math.max(contents.length, open.contents.length); at++) {
      const part = readSpoken(contents[at], isFirst ? item : undefined)
      const known = open.contents[at]
      if (part) {
        isFirst = false
        const index = known ?? this.#start(part, out)
        out.push({ type: 'partEnd', choice: 0, index, part })
      } else if (known !== undefined) out.push({ type: 'partEnd', choice: 0, index: known })
    }
  }

  /** Ends an item of which nothing more is known. */
  #close(open: OpenItem, out: ChatEvent[]): void {
    open.isDone = true
    const indices = open.index === undefined ? open.contents : [open.index]
    for (const index of indices) {
      if (index !== undefined) out.push({ type: 'partEnd', choice: 0, index })
    }
  }
}
