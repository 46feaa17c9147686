import type { JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import type { Step } from '../../reply.ts'
import { createPadding } from '../openai/padding.ts'
import { logprobsOf, type OutputItem } from './output.ts'
import type { ResponseOptions } from './request.ts'

/**
 * A response as server-sent events, one step an event, numbered from 0.
 * @param begun the response when there is nothing in it yet
 * @param ended the response when it is over
 */
export function writeResponseStream(
  begun: JsonObject,
  items: readonly OutputItem[],
  ended: JsonObject,
  options: ResponseOptions,
  random: Random,
): Step[] {
  const events = new Events(options, random)
  events.add('response.created', { response: begun })
  events.add('response.in_progress', { response: begun })
  items.forEach((item, at) => {
    events.addItem(item, at)
  })
  events.add(`response.${ended.status}`, { response: ended })
  return events.steps
}

class Events {
  readonly steps: Step[] = []
  readonly #topLogprobs: number | undefined
  readonly #padding: () => string

  constructor({ obfuscation, topLogprobs }: ResponseOptions, random: Random) {
    this.#topLogprobs = topLogprobs
    this.#padding = obfuscation ? createPadding(random) : () => ''
  }

  add(type: string, fields: JsonObject, tokens = 0): void {
    this.#send(type, JSON.stringify(fields).slice(1, -1), tokens)
  }

  #send(type: string, fields: string, tokens: number): void {
    const number = this.steps.length
    const send = `event: ${type}\ndata: {"type":"${type}","sequence_number":${number},${fields}}\n\n`
    this.steps.push({ send, tokens })
  }

  addItem(item: OutputItem, index: number): void {
    this.add('response.output_item.added', { output_index: index, item: item.added })
    const place = { item_id: item.id, output_index: index }
    switch (item.kind) {
      case 'reasoning':
        if (item.pieces.length > 0) this.#addSummary(item, place)
        break
      case 'text':
        this.#addText(item, place)
        break
      case 'refusal':
        this.#addRefusal(item, place)
        break
      case 'function_call':
        this.#addDeltas('response.function_call_arguments', item.pieces, place)
        this.add('response.function_call_arguments.done', {
          ...place,
          name: item.done.name,
          arguments: item.done.arguments,
        })
        break
      case 'custom_tool_call':
        this.#addDeltas('response.custom_tool_call_input', item.pieces, place)
        this.add('response.custom_tool_call_input.done', { ...place, input: item.done.input })
        break
    }
    this.add('response.output_item.done', { output_index: index, item: item.done })
  }

  /** Only the piece differs from delta to delta: what is around it is text already. */
  #addDeltas(name: string, pieces: readonly string[], place: JsonObject): void {
    const head = JSON.stringify(place).slice(1, -1)
    for (const piece of pieces) {
      const fields = `${head},"delta":${JSON.stringify(piece)}${this.#padding()}`
      this.#send(`${name}.delta`, fields, 1)
    }
  }

  #addSummary({ pieces }: OutputItem, item: JsonObject): void {
    const place = { ...item, summary_index: 0 }
    const text = pieces.join('')
    this.add('response.reasoning_summary_part.added', {
      ...place,
      part: { type: 'summary_text', text: '' },
    })
    this.#addDeltas('response.reasoning_summary_text', pieces, place)
    this.add('response.reasoning_summary_text.done', { ...place, text })
    this.add('response.reasoning_summary_part.done', {
      ...place,
      part: { type: 'summary_text', text },
    })
  }

  #addText({ pieces }: OutputItem, item: JsonObject): void {
    const place = { ...item, content_index: 0 }
    const part = { type: 'output_text', text: '', annotations: [], logprobs: [] }
    this.add('response.content_part.added', { ...place, part })
    const head = JSON.stringify(place).slice(1, -1)
    for (const piece of pieces) {
      const logprobs = JSON.stringify(logprobsOf(piece, this.#topLogprobs))
      const fields = `${head},"delta":${JSON.stringify(piece)},"logprobs":${logprobs}${this.#padding()}`
      this.#send('response.output_text.delta', fields, 1)
    }
    const text = pieces.join('')
    const logprobs = pieces.flatMap((piece) => logprobsOf(piece, this.#topLogprobs))
    this.add('response.output_text.done', { ...place, text, logprobs })
    this.add('response.content_part.done', { ...place, part: { ...part, text, logprobs } })
  }

  #addRefusal({ pieces }: OutputItem, item: JsonObject): void {
    const place = { ...item, content_index: 0 }
    const refusal = pieces.join('')
    this.add('response.content_part.added', {
      ...place,
      part: { type: 'refusal', refusal: '' },
    })
    this.#addDeltas('response.refusal', pieces, place)
    this.add('response.refusal.done', { ...place, refusal })
    this.add('response.content_part.done', { ...place, part: { type: 'refusal', refusal } })
  }
}
