import type { Answer, ChatOutcome, Question } from '../../behaviour/chat-types.ts'
import type { JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import type { Step } from '../../reply.ts'
import type { VoiceContext } from '../voice.ts'
import { callId, messageId, tier, writeFinalUsage, writeStop, writeUsage } from './message-parts.ts'
import type { MessageOptions } from './message-request.ts'

/** One event of a stream; its name is its type. */
export function frame(type: string, data: string): string {
  return `event: ${type}\ndata: ${data}\n\n`
}

/** A message as events, one step each. */
export function writeMessageStream(
  { model }: Question,
  answer: Answer,
  { usage }: ChatOutcome,
  options: MessageOptions,
  { random }: VoiceContext,
): Step[] {
  const message: JsonObject = {
    id: messageId(random),
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    // One token is out by the time this is sent.
    ...(usage ? { usage: { ...writeUsage(usage, 1), ...tier } } : {}),
  }
  const steps: Step[] = []
  const add = (type: string, fields: JsonObject) => {
    steps.push({ send: frame(type, JSON.stringify({ type, ...fields })), tokens: 0 })
  }
  add('message_start', { message })
  add('ping', {})
  addBlocks(answer, options, random, steps)
  add('message_delta', {
    delta: writeStop(answer),
    ...(usage ? { usage: writeFinalUsage(usage) } : {}),
  })
  add('message_stop', {})
  return steps
}

function addBlocks(
  { reasoning, signature, text, calls }: Answer,
  { thinking }: MessageOptions,
  random: Random,
  steps: Step[],
): void {
  const blocks = new BlockWriter(steps)
  if (reasoning.length > 0 && signature !== undefined) {
    blocks.start('{"type":"thinking","thinking":"","signature":""}')
    const shown = thinking.isOmitted ? [] : reasoning
    for (const token of shown) blocks.delta('thinking_delta', 'thinking', token, 1)
    blocks.delta('signature_delta', 'signature', signature, reasoning.length - shown.length)
    blocks.stop()
  }
  if (text.length > 0) {
    blocks.start('{"type":"text","text":""}')
    for (const token of text) blocks.delta('text_delta', 'text', token, 1)
    blocks.stop()
  }
  for (const { name, input } of calls) {
    const id = callId(random)
    blocks.start(`{"type":"tool_use","id":"${id}","name":${JSON.stringify(name)},"input":{}}`)
    blocks.delta('input_json_delta', 'partial_json', '', 0)
    // No arguments are told as none, not as an empty object.
    const pieces = input.join('') === '{}' ? [] : input
    for (const piece of pieces) blocks.delta('input_json_delta', 'partial_json', piece, 1)
    blocks.stop()
  }
}

/** Blocks come one after the other and never interleave. */
class BlockWriter {
  readonly #steps: Step[]
  #index = -1
  #delta = ''

  constructor(steps: Step[]) {
    this.#steps = steps
  }

  /** `block` is JSON. */
  start(block: string): void {
    this.#index++
    this.#delta = `{"type":"content_block_delta","index":${this.#index},"delta":{"type":"`
    const data = `{"type":"content_block_start","index":${this.#index},"content_block":${block}}`
    this.#steps.push({ send: frame('content_block_start', data), tokens: 0 })
  }

  delta(type: string, field: string, piece: string, tokens: number): void {
    const data = `${this.#delta}${type}","${field}":${JSON.stringify(piece)}}}`
    this.#steps.push({ send: frame('content_block_delta', data), tokens })
  }

  stop(): void {
    const data = `{"type":"content_block_stop","index":${this.#index}}`
    this.#steps.push({ send: frame('content_block_stop', data), tokens: 0 })
  }
}
