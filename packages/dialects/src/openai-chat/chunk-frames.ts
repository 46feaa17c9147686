import type { ChatEvent, Json, ReplyContext, Usage } from '@aigne-hub/protocol'
import { writeAnswerExtras } from './response.ts'
import { writeUsage } from './usage.ts'

/**
 * The frames of one stream. Every chunk repeats the same head and most differ in one string, so they
 * are put together as text.
 */
export class ChunkFrames {
  readonly #context: ReplyContext<'chat'>
  readonly #tail: string
  #head = ''

  constructor(context: ReplyContext<'chat'>) {
    this.#context = context
    this.#tail = context.request.stream?.includeUsage ? ',"usage":null}\n\n' : '}\n\n'
    this.start({ id: '', model: '', created: 0 })
  }

  /** What the chunks from now on say of the whole answer. */
  start(start: Omit<Extract<ChatEvent, { type: 'start' }>, 'type'>): void {
    const { request, requestId, arrivedAt } = this.#context
    const fields = JSON.stringify({
      id: start.id || `chatcmpl-${requestId}`,
      object: 'chat.completion.chunk',
      created: start.created || arrivedAt,
      model: start.model || request.model,
      ...writeAnswerExtras(start),
    })
    this.#head = `data: ${fields.slice(0, -1)},`
  }

  /** `delta`, `finishReason` and `logprobs` are JSON text. */
  frame(choice: number, delta: string, finishReason = 'null', logprobs?: string): string {
    const odds = logprobs === undefined ? '' : `"logprobs":${logprobs},`
    return `${this.#head}"choices":[{"index":${choice},"delta":${delta},${odds}"finish_reason":${finishReason}}]${this.#tail}`
  }

  opening(choice: number): string {
    return this.frame(choice, '{"role":"assistant","content":"","refusal":null}')
  }

  thought(choice: number, text: string): string {
    return text === '' ? '' : this.frame(choice, `{"reasoning_content":${JSON.stringify(text)}}`)
  }

  details(choice: number, details: Json[]): string {
    return this.frame(choice, JSON.stringify({ reasoning_details: details }))
  }

  usage(usage: Usage): string {
    return `${this.#head}"choices":[],"usage":${JSON.stringify(writeUsage(usage))}}\n\n`
  }
}
