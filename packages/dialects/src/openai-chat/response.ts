// A whole chat answer, both ways.

import {
  type ChatChoice,
  type ChatEvent,
  type ChatResponse,
  foldChat,
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
  type ReplyContext,
  readCount,
  type Signature,
  type TextPart,
  type ToolCallPart,
  unfoldChat,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import { readAnswer } from '../openai-errors.ts'
import { wrapSignature } from '../signature.ts'
import { malformed } from '../upstream-fault.ts'
import { readAnnotations, writeAnnotations } from './annotations.ts'
import { readImages, writeImages } from './answer-images.ts'
import { choiceError } from './errors.ts'
import { readFinishReason, writeFinishReason } from './finish-reason.ts'
import { readLogprobs, writeLogprobs } from './logprobs.ts'
import { isPlain, readReasoning, shownText, writeDetails } from './reasoning.ts'
import { readSpoken } from './spoken.ts'
import {
  extraContent,
  inputText,
  inventedCallId,
  namedInput,
  thoughtSignature,
} from './tool-calls.ts'
import { usesLegacyFunctions } from './tools.ts'
import { readUsage, writeUsage } from './usage.ts'

/** @throws HubError when the answer is malformed, or an error under a status of 200. */
export function readResponse(body: Uint8Array, target: WireTarget): ChatEvent[] {
  return readWhole(readAnswer(body, target), target)
}

/** @throws HubError as `readResponse`. */
export function readWhole(answer: JsonObject, target: WireTarget): ChatEvent[] {
  const { choices } = answer
  if (!Array.isArray(choices) || choices.length === 0) throw malformed(target, 'without choices')
  const start = readStart(answer, target)
  const usage = readUsage(answer, target)
  const events = unfoldChat({
    ...start,
    choices: choices.map((choice, position) => readChoice(choice, position, start.id, target)),
    usage: usage ?? usageOf(),
  })
  // No report is not a report of nothing.
  if (!usage) events.pop()
  return events
}

/** What an answer or a chunk says of the whole. */
export function readStart(
  { id, model, created, service_tier: tier, system_fingerprint: fingerprint }: JsonObject,
  target: WireTarget,
): Pick<ChatResponse, 'id' | 'model' | 'created' | 'serviceTier' | 'native'> {
  return {
    id: typeof id === 'string' ? id : '',
    model: typeof model === 'string' && model !== '' ? model : target.model,
    created: readCount(created),
    ...(typeof tier === 'string' && { serviceTier: tier }),
    ...(typeof fingerprint === 'string' && {
      native: { 'openai-chat': { system_fingerprint: fingerprint } },
    }),
  }
}

/** The most answers a request can ask for (`n`). */
const maxChoices = 128

/** Which of the answers a choice belongs to: its `index`, else where it stands. */
export function choiceIndex({ index }: JsonObject, position: number): number {
  const usable = typeof index === 'number' && Number.isInteger(index)
  return usable && index >= 0 && index < maxChoices ? index : position
}

function readChoice(
  choice: Json,
  position: number,
  answerId: string,
  target: WireTarget,
): ChatChoice {
  if (!isJsonObject(choice) || !isJsonObject(choice.message)) {
    throw malformed(target, 'without a message')
  }
  const error = choiceError(choice, target)
  if (error) throw error
  const index = choiceIndex(choice, position)
  const parts = readMessage(choice.message, choice.logprobs, `${answerId}${index}`, target)
  const raw = typeof choice.finish_reason === 'string' ? choice.finish_reason : ''
  const hasToolCalls = parts.some(({ type }) => type === 'toolCall')
  return { index, parts, finish: { reason: readFinishReason(raw, hasToolCalls), raw } }
}

function readMessage(
  message: JsonObject,
  logprobs: Json | undefined,
  callSeed: string,
  { provider }: WireTarget,
): Part[] {
  const { refusal } = message
  const odds = isJsonObject(logprobs) ? logprobs : {}
  const signatureOf = (value: string) => ({ value, vendor: provider })
  const spoken = readSpoken(message.content, provider)
  const parts = [...readReasoning(message, signatureOf), ...spoken]
  const text = spoken.find((part) => part.type === 'text')
  if (text) {
    const annotations = readAnnotations(message.annotations)
    if (annotations.length > 0) text.annotations = annotations
    const tokens = readLogprobs(odds.content)
    if (tokens) text.logprobs = tokens
  }
  if (typeof refusal === 'string' && refusal !== '') {
    const tokens = readLogprobs(odds.refusal)
    parts.push({ type: 'refusal', text: refusal, ...(tokens && { logprobs: tokens }) })
  }
  const calls = readAnswerCalls(message, callSeed, provider)
  return [...parts, ...readImages(message.images), ...calls]
}

function readAnswerCalls(message: JsonObject, callSeed: string, vendor: string): ToolCallPart[] {
  const { tool_calls: list, function_call: legacy } = message
  const calls = Array.isArray(list) ? list.filter(isJsonObject) : []
  if (calls.length === 0 && isJsonObject(legacy)) calls.push({ function: legacy })
  return calls.map((call, index) => {
    const kind = isJsonObject(call.custom) ? 'custom' : 'function'
    const named = isJsonObject(call[kind]) ? call[kind] : {}
    const signature = thoughtSignature(call)
    return {
      type: 'toolCall',
      id: typeof call.id === 'string' && call.id !== '' ? call.id : inventedCallId(callSeed, index),
      name: typeof named.name === 'string' ? named.name : '',
      kind,
      input: inputText(kind === 'custom' ? named.input : named.arguments),
      ...(signature !== undefined && { signature: { value: signature, vendor } }),
    }
  })
}

/** The body of a whole answer. Every signature is wrapped: the caller need not know whose it is. */
export function writeResponse(context: ReplyContext<'chat'>, reply: ChatEvent[]): string {
  const response = foldChat(reply)
  const legacy = usesLegacyFunctions(context.request)
  const choices: ChatChoice[] =
    response.choices.length > 0 ? response.choices : [{ index: 0, parts: [] }]
  return JSON.stringify({
    id: response.id || `chatcmpl-${context.requestId}`,
    object: 'chat.completion',
    created: response.created || context.arrivedAt,
    model: response.model || context.request.model,
    choices: choices.map((choice) => writeChoice(choice, legacy)),
    usage: writeUsage(response.usage),
    ...writeAnswerExtras(response),
  })
}

/** What stands beside the choices, in an answer as in its chunks. */
export function writeAnswerExtras({
  serviceTier,
  native,
}: Pick<ChatResponse, 'serviceTier' | 'native'>): JsonObject {
  const extras = native?.['openai-chat']
  return {
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
    ...(isJsonObject(extras) && extras),
  }
}

function writeChoice({ index, parts, finish }: ChatChoice, legacy: boolean): JsonObject {
  const texts = parts.filter((part) => part.type === 'text')
  const refusals = parts.filter((part) => part.type === 'refusal')
  const content = texts.flatMap(({ logprobs }) => logprobs ?? [])
  const refusal = refusals.flatMap(({ logprobs }) => logprobs ?? [])
  const logprobs =
    content.length + refusal.length === 0
      ? null
      : {
          content: content.length > 0 ? writeLogprobs(content) : null,
          refusal: refusal.length > 0 ? writeLogprobs(refusal) : null,
        }
  return {
    index,
    message: writeMessage(parts, texts, legacy),
    logprobs,
    finish_reason: writeFinishReason(finish?.reason ?? 'stop', legacy),
  }
}

function writeMessage(
  parts: readonly Part[],
  texts: readonly TextPart[],
  legacy: boolean,
): JsonObject {
  const calls = parts.filter((part) => part.type === 'toolCall')
  const refusal = parts.map((part) => (part.type === 'refusal' ? part.text : '')).join('')
  const text = texts.map((part) => part.text).join('')
  const nothingSaid = calls.length > 0 || refusal !== '' ? null : ''
  let offset = 0
  const annotations = texts.flatMap((part) => {
    const written = writeAnnotations(part.annotations ?? [], offset)
    offset += part.text.length
    return written
  })
  const images = parts.flatMap((part) => (part.type === 'media' ? writeImages(part) : []))
  return {
    role: 'assistant',
    content: text === '' ? nothingSaid : text,
    refusal: refusal === '' ? null : refusal,
    ...writeReasoning(parts),
    ...(annotations.length > 0 && { annotations }),
    ...(images.length > 0 && { images }),
    ...(calls[0] && (legacy ? legacyCall(calls[0]) : { tool_calls: calls.map(writeCall) })),
  }
}

/** A legacy answer has one call at most. */
function legacyCall({ name, input }: ToolCallPart): JsonObject {
  return { function_call: { name, arguments: input } }
}

function writeCall(call: ToolCallPart): JsonObject {
  const { id, signature } = call
  return { id, ...namedInput(call), ...(signature && { extra_content: wrapped(signature) }) }
}

function wrapped(signature: Signature): JsonObject {
  return extraContent(wrapSignature(signature))
}

function writeReasoning(parts: readonly Part[]): JsonObject {
  const details: Json[] = []
  let text = ''
  let count = 0
  let plain = true
  for (const part of parts) {
    if (part.type === 'native' && part.dialect === 'openai-chat') {
      details.push(part.value)
      plain = false
    }
    if (part.type !== 'reasoning') continue
    const signature = part.signature && wrapSignature(part.signature)
    details.push(...writeDetails(part, count++, signature))
    text += shownText(part)
    plain &&= isPlain(part, signature)
  }
  return {
    ...(text !== '' && { reasoning_content: text }),
    ...(details.length > 0 && !(plain && count === 1) && { reasoning_details: details }),
  }
}
