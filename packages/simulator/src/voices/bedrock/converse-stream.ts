import type { Answer, ChatOutcome } from '../../behaviour/chat-types.ts'
import type { JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import type { Step } from '../../reply.ts'
import {
  latencyOf,
  stopReasonOf,
  textOf,
  toolUseId,
  writeMore,
  writeUsage,
} from './converse-parts.ts'
import type { ConverseOptions } from './converse-request.ts'
import { eventFrame } from './event-stream.ts'

const padding = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** An answer as events, one frame a step. */
export function writeConverseStream(
  answer: Answer,
  outcome: ChatOutcome,
  options: ConverseOptions,
  random: Random,
): Step[] {
  const events = new EventWriter(random)
  events.add('messageStart', { role: 'assistant' })
  addBlocks(answer, random, events)
  events.add('messageStop', {
    stopReason: stopReasonOf(answer, options),
    ...writeMore(answer, options, '/delta'),
  })
  events.add('metadata', {
    ...writeUsage(outcome, options),
    metrics: { latencyMs: latencyOf(outcome) },
    ...options.echoed,
  })
  return events.steps
}

function addBlocks(answer: Answer, random: Random, events: EventWriter): void {
  const { reasoning, signature, calls } = answer
  if (reasoning.length > 0) {
    for (const text of reasoning) events.delta({ reasoningContent: { text } }, 1)
    if (signature !== undefined) events.delta({ reasoningContent: { signature } }, 0)
    events.stop()
  }
  const pieces = textOf(answer)
  if (pieces.length > 0) {
    for (const text of pieces) events.delta({ text }, 1)
    events.stop()
  }
  for (const { name, input } of calls) {
    events.start({ toolUse: { toolUseId: toolUseId(random), name } })
    for (const piece of input) events.delta({ toolUse: { input: piece } }, 1)
    events.stop()
  }
}

/** Blocks come one after the other. Only those of tools are announced. */
class EventWriter {
  readonly steps: Step[] = []
  readonly #random: Random
  #index = 0

  constructor(random: Random) {
    this.#random = random
  }

  add(type: string, fields: JsonObject, tokens = 0): void {
    // Some events are longer than they need be, so that their length tells nothing of the text.
    const length = this.#random.below(2 * padding.length)
    const padded = length < padding.length ? { ...fields, p: padding.slice(0, length + 1) } : fields
    this.steps.push({ send: eventFrame(type, JSON.stringify(padded)), tokens })
  }

  start(start: JsonObject): void {
    this.add('contentBlockStart', { contentBlockIndex: this.#index, start })
  }

  delta(delta: JsonObject, tokens: number): void {
    this.add('contentBlockDelta', { contentBlockIndex: this.#index, delta }, tokens)
  }

  stop(): void {
    this.add('contentBlockStop', { contentBlockIndex: this.#index })
    this.#index++
  }
}
