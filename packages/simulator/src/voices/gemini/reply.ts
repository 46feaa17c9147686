import type { Answer, ChatOutcome, Question } from '../../behaviour/chat-types.ts'
import type { JsonObject } from '../../json.ts'
import type { Random } from '../../random.ts'
import type { VoiceContext } from '../voice.ts'
import {
  callParts,
  finishReason,
  promptFeedback,
  textSignature,
  writeLogprobs,
} from './candidate.ts'
import type { ContentOptions } from './request.ts'
import { writeUsage } from './usage.ts'

/** A whole `GenerateContentResponse`, as JSON text. */
export function writeContent(
  question: Question,
  { answers, usage }: ChatOutcome,
  options: ContentOptions,
  { random }: VoiceContext,
): string {
  const isBlocked = answers.some(({ finish }) => finish === 'refusal')
  const candidates = answers.map((answer, index) => writeCandidate(answer, index, options, random))
  return JSON.stringify({
    ...(isBlocked ? { promptFeedback } : { candidates }),
    ...(usage ? { usageMetadata: writeUsage(usage, question, options.host) } : {}),
    modelVersion: question.model,
    responseId: random.id(22),
  })
}

function writeCandidate(
  answer: Answer,
  index: number,
  options: ContentOptions,
  random: Random,
): JsonObject {
  const parts: JsonObject[] = []
  const { reasoning, text } = answer
  if (options.includeThoughts && reasoning.length > 0) {
    parts.push({ text: reasoning.join(''), thought: true })
  }
  if (text.length > 0) parts.push({ text: text.join(''), ...textSignature(answer, options) })
  for (const { part } of callParts(answer, options, random)) parts.push(part)
  return {
    // An answer that was cut off while it was thought about has no parts.
    content: { ...(parts.length > 0 ? { parts } : {}), role: 'model' },
    finishReason: finishReason(answer),
    index,
    ...writeLogprobs(text, options),
  }
}
