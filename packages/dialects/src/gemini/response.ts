// A whole answer going out. (One that comes in is read as a stream of one chunk: stream-reader.ts.)

import {
  type ChatChoice,
  type ChatEvent,
  type ChatResponse,
  foldChat,
  isJsonObject,
  type JsonObject,
  type Part,
  type ReplyContext,
} from '@aigne-hub/protocol'
import { writeFinishReason } from './finish-reason.ts'
import { keptSignature } from './kept-signature.ts'
import { writeLogprobs } from './logprobs.ts'
import { writePart } from './parts.ts'
import { citationsOf, writeDetails } from './sources.ts'
import { blockReasonOf } from './stream-reader.ts'
import { writeUsage } from './usage.ts'

/** The body of a whole answer. Every signature is wrapped: the caller need not know whose it is. */
export function writeResponse(context: ReplyContext<'chat'>, reply: ChatEvent[]): string {
  const response = foldChat(reply)
  const { choices } = response
  const said = choices.length > 0 ? choices : [{ index: 0, parts: [] }]
  return JSON.stringify({
    ...(!isBlocked(response, choices) && { candidates: said.map(writeCandidate) }),
    usageMetadata: writeUsage(response.usage),
    ...writeHead(response, context),
  })
}

/** Whether the prompt was refused, so that there is no candidate at all. */
function isBlocked(
  { native }: Pick<ChatResponse, 'native'>,
  choices: readonly ChatChoice[],
): boolean {
  const head = native?.gemini
  if (!isJsonObject(head) || blockReasonOf(head) === undefined) return false
  return choices.every(({ parts }) => parts.length === 0)
}

type Head = Pick<ChatResponse, 'id' | 'model' | 'created' | 'native'>

/** The last second that a date can tell. */
const lastSecond = 8_640_000_000_000

/** What stands beside the candidates, in an answer as in its chunks. */
export function writeHead(
  { id, model, created, native }: Head,
  { request, requestId, arrivedAt }: ReplyContext<'chat'>,
): JsonObject {
  const date = new Date(Math.min(created || arrivedAt, lastSecond) * 1000)
  return {
    ...(isJsonObject(native?.gemini) && native.gemini),
    modelVersion: model || request.model,
    responseId: id || requestId,
    createTime: date.toISOString(),
  }
}

/** The part with its signature, or undefined when there is nothing to show of it. */
export function writeAnswerPart(part: Part): JsonObject | undefined {
  const wire = writePart(part)
  const kept = keptSignature(part)
  if (wire && kept !== undefined) return { ...wire, thoughtSignature: kept }
  return wire?.text === '' ? undefined : wire
}

function writeCandidate({ index, parts, finish }: ChatChoice): JsonObject {
  const logprobs = parts.flatMap((part) => (part.type === 'text' ? (part.logprobs ?? []) : []))
  const written = parts.flatMap((part): JsonObject[] => {
    const wire = writeAnswerPart(part)
    return wire ? [wire] : []
  })
  const citations: JsonObject[] = []
  let before = ''
  for (const part of parts) {
    if (part.type !== 'text') continue
    if (part.annotations) citations.push(...citationsOf(part.annotations, part.text, before))
    before += part.text
  }
  const { reason, raw, details } = finish ?? { reason: 'stop', raw: '' }
  const kept = writeDetails(details)
  return {
    content: { parts: written, role: 'model' },
    finishReason: writeFinishReason(reason, raw),
    index,
    ...(citations.length > 0 && !kept.groundingMetadata && { citationMetadata: { citations } }),
    ...(logprobs.length > 0 && { logprobsResult: writeLogprobs(logprobs) }),
    ...kept,
  }
}
