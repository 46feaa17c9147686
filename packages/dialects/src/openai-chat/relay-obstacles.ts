// What keeps a body from being passed on with edits of its top-level fields: the request is translated.

import {
  type ChatRequest,
  isJsonObject,
  type Json,
  type JsonObject,
  type Message,
  type Part,
  type Quirks,
  type WireTarget,
} from '@aigne-hub/protocol'
import { isHinderedByTools, lacksWords } from './answer-format.ts'
import { isShortCallId } from './short-call-id.ts'
import { narrowsTools } from './tool-wishes.ts'
import { CACHE, DETAILS, NAMES, REASONING } from './write-context.ts'

/** @param value the body that `request` was read from. */
export function needsRewriting(
  value: JsonObject,
  request: ChatRequest,
  { quirks }: WireTarget,
): boolean {
  return (
    quirks.thinkingContent === true ||
    refusesWithin(request, quirks) ||
    narrowsTools(request.toolChoice, quirks) ||
    needsWords(request, quirks) ||
    usesOldFunctions(value) ||
    refusesMessages(value, request, quirks) ||
    holdsWrapped(value, request)
  )
}

/** Whether the target refuses fields inside the messages or tools of the request. */
function refusesWithin({ messages, tools }: ChatRequest, { unsupported }: Quirks): boolean {
  if (unsupported === undefined) return false
  const cache = unsupported.includes(CACHE)
  const reasoning = unsupported.includes(REASONING) || unsupported.includes(DETAILS)
  const names = unsupported.includes(NAMES)
  if (!cache && !reasoning && !names) return false
  const refuses = (part: Part) =>
    (cache && part.cache !== undefined) ||
    (reasoning && part.type === 'reasoning') ||
    (names && part.type === 'toolResult' && part.name !== undefined)
  return (
    messages.some(
      ({ name, cache: mark, parts }) =>
        (names && name !== undefined) || (cache && mark !== undefined) || parts.some(refuses),
    ) ||
    (cache && tools?.some((tool) => tool.type === 'function' && tool.cache !== undefined) === true)
  )
}

/** Whether an answer in JSON has to be asked for in words. */
function needsWords(request: ChatRequest, quirks: Quirks): boolean {
  const { type } = request.responseFormat ?? {}
  if (type !== 'json' && type !== 'jsonSchema') return false
  if (isHinderedByTools(request, quirks)) return true
  if (type === 'jsonSchema') return quirks.noJsonSchema === true
  return quirks.noJsonObject ? quirks.noJsonSchema === true : lacksWords(request, quirks)
}

/** Legacy functions are said as tools: few servers still know them. */
function usesOldFunctions({ functions = null, function_call: choice = null }: JsonObject): boolean {
  return functions !== null || choice !== null
}

function refusesMessages(value: JsonObject, { messages }: ChatRequest, quirks: Quirks): boolean {
  if (quirks.noDeveloperRole && messages.some(({ role }) => role === 'developer')) return true
  if (quirks.shortToolCallIds && somePart(messages, hasLongId)) return true
  if (quirks.flatMedia && somePart(messages, isFile)) return true
  const { replaysReasoning, textToolResults, prefixField } = quirks
  if (!replaysReasoning && !textToolResults && !prefixField) return false
  const raw = Array.isArray(value.messages) ? value.messages : []
  if (replaysReasoning && raw.some(lacksReasoning)) return true
  if (textToolResults && raw.some(hasResultInPieces)) return true
  const last = raw.at(-1)
  return prefixField === true && isJsonObject(last) && last.role === 'assistant' && !last.prefix
}

const somePart = (messages: readonly Message[], is: (part: Part) => boolean) =>
  messages.some(({ parts }) => parts.some(is))

function hasLongId(part: Part): boolean {
  if (part.type === 'toolCall') return !isShortCallId(part.id)
  return part.type === 'toolResult' && !isShortCallId(part.callId)
}

const isFile = (part: Part) => part.type === 'media' && part.kind !== 'image'

function lacksReasoning(message: Json): boolean {
  if (!isJsonObject(message) || message.role !== 'assistant') return false
  const { tool_calls: calls, function_call: legacy, reasoning_content: thought } = message
  const isCall = (Array.isArray(calls) && calls.length > 0) || isJsonObject(legacy)
  return isCall && typeof thought !== 'string'
}

const hasResultInPieces = (message: Json) =>
  isJsonObject(message) && message.role === 'tool' && Array.isArray(message.content)

/** Whether a provider would get a signature that the hub has wrapped for the caller. */
function holdsWrapped({ messages: raw }: JsonObject, { messages }: ChatRequest): boolean {
  const isSigned = (part: Part) =>
    (part.type === 'reasoning' || part.type === 'toolCall') && part.signature !== undefined
  // Google's own signatures are read without a wrapping too.
  return somePart(messages, isSigned) && JSON.stringify(raw).includes('"hub1.')
}
