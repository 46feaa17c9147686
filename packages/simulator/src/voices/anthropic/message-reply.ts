import type { Answer, ChatOutcome, Question } from '../../behaviour/chat-types.ts'
import type { JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import type { VoiceContext } from '../voice.ts'
import { callId, inputOf, messageId, tier, writeFinalUsage, writeStop } from './message-parts.ts'
import type { MessageOptions } from './message-request.ts'

/** A `message`, as JSON text. */
export function writeMessage(
  { model }: Question,
  answer: Answer,
  { usage }: ChatOutcome,
  options: MessageOptions,
  { random }: VoiceContext,
): string {
  return JSON.stringify({
    id: messageId(random),
    type: 'message',
    role: 'assistant',
    model,
    content: writeContent(answer, options, random),
    ...writeStop(answer),
    ...(usage ? { usage: { ...writeFinalUsage(usage), ...tier } } : {}),
  })
}

function writeContent(answer: Answer, { thinking }: MessageOptions, random: Random): JsonObject[] {
  const { reasoning, signature, text, calls } = answer
  const content: JsonObject[] = []
  if (reasoning.length > 0 && signature !== undefined) {
    const thoughts = thinking.isOmitted ? '' : reasoning.join('')
    content.push({ type: 'thinking', thinking: thoughts, signature })
  }
  if (text.length > 0) content.push({ type: 'text', text: text.join('') })
  for (const call of calls) {
    const { name } = call
    content.push({ type: 'tool_use', id: callId(random), name, input: inputOf(call) })
  }
  return content
}
