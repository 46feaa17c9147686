import type {
  ChatEvent,
  Json,
  ReplyContext,
  Signature,
  TokenLogprob,
  ToolCallPart,
  Usage,
} from '@aigne-hub/protocol'
import { wrapSignature } from '../signature.ts'
import { writeLogprobs } from './logprobs.ts'
import { writeAnswerExtras } from './response.ts'
import { extraContent } from './tool-calls.ts'
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

  /** A piece of a text or a refusal. */
  said(
    choice: number,
    type: 'text' | 'refusal',
    text: string,
    logprobs: readonly TokenLogprob[] | undefined,
  ): string {
    const said = JSON.stringify(text)
    const isText = type === 'text'
    const delta = isText ? `{"content":${said}}` : `{"refusal":${said}}`
    if (!logprobs) return this.frame(choice, delta)
    const tokens = writeLogprobs(logprobs)
    const odds = isText ? { content: tokens, refusal: null } : { content: null, refusal: tokens }
    return this.frame(choice, delta, 'null', JSON.stringify(odds))
  }

  /** More of the input of the `wireIndex`th call. */
  callInput(choice: number, wireIndex: number, kind: ToolCallPart['kind'], input: string): string {
    const text = JSON.stringify(input)
    const piece =
      kind === 'function' ? `"function":{"arguments":${text}}` : `"custom":{"input":${text}}`
    return this.frame(choice, `{"tool_calls":[{"index":${wireIndex},${piece}}]}`)
  }

  /** Clients of the family want every piece of a call to have its `function`, or `custom`. */
  callSignature(
    choice: number,
    index: number,
    kind: ToolCallPart['kind'],
    signature: Signature,
  ): string {
    const nothing =
      kind === 'function' ? { function: { arguments: '' } } : { custom: { input: '' } }
    const call = { index, ...nothing, extra_content: extraContent(wrapSignature(signature)) }
    return this.frame(choice, JSON.stringify({ tool_calls: [call] }))
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
