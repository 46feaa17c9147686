import type { Answer, ChatOutcome } from '../../behaviour/chat-types.ts'
import type { JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import {
  inputOf,
  latencyOf,
  stopReasonOf,
  textOf,
  toolUseId,
  writeMore,
  writeUsage,
} from './converse-parts.ts'
import type { ConverseOptions } from './converse-request.ts'

/** A whole answer, as JSON text. */
export function writeConverse(
  answer: Answer,
  outcome: ChatOutcome,
  options: ConverseOptions,
  random: Random,
): string {
  return JSON.stringify({
    output: { message: { role: 'assistant', content: writeContent(answer, random) } },
    stopReason: stopReasonOf(answer, options),
    ...writeUsage(outcome, options),
    metrics: { latencyMs: latencyOf(outcome) },
    ...writeMore(answer, options, ''),
    ...options.echoed,
  })
}

function writeContent(answer: Answer, random: Random): JsonObject[] {
  const { reasoning, signature, calls } = answer
  const content: JsonObject[] = []
  if (reasoning.length > 0) {
    const text = reasoning.join('')
    content.push({ reasoningContent: { reasoningText: { text, signature } } })
  }
  const text = textOf(answer).join('')
  if (text !== '') content.push({ text })
  for (const { name, input } of calls) {
    content.push({ toolUse: { toolUseId: toolUseId(random), name, input: inputOf(input) } })
  }
  return content
}
