// A whole chat answer, and the pieces that a streamed one has in common with it.

import {
  type ChatEvent,
  type ChatRequest,
  foldChat,
  isJsonObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type Part,
  type ReplyContext,
  type ToolCallPart,
  type Usage,
} from '@aigne-hub/protocol'

/** The body of a whole answer: what the client's model returns. */
export function writeResponse(context: ReplyContext<'chat'>, reply: ChatEvent[]): string {
  const { choices, usage } = foldChat(reply)
  const parts = choices[0]?.parts ?? []
  const calls = parts.filter((part) => part.type === 'toolCall')
  const files = parts.flatMap((part) => writeFile(part) ?? [])
  const said = parts.map(spoken).join('')
  const json = calls.length === 0 ? structured(context.request, said) : undefined
  const thoughts = parts.map(thought).join('')
  return JSON.stringify({
    ...(json === undefined ? said !== '' && { text: said } : { json }),
    ...(thoughts !== '' && { thoughts }),
    ...(calls.length > 0 && { toolCalls: calls.map(writeToolCall) }),
    ...(files.length > 0 && { files }),
    model: context.request.model,
    usage: writeUsage(usage),
  })
}

/** The object in an answer that was asked for by schema; undefined when it is none. */
export function structured({ responseFormat }: ChatRequest, text: string): JsonObject | undefined {
  if (responseFormat?.type !== 'jsonSchema') return undefined
  const value = parsed(text)
  return isJsonObject(value) ? value : undefined
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

function spoken(part: Part): string {
  return part.type === 'text' || part.type === 'refusal' ? part.text : ''
}

function thought(part: Part): string {
  if (part.type !== 'reasoning') return ''
  return part.text ?? part.summary?.join('\n\n') ?? ''
}

/** Arguments are an object. What is none is told as it is: the client reports it to its caller. */
export function writeToolCall({ id, name, input }: ToolCallPart): JsonObject {
  const value = input.trim() === '' ? {} : (parsed(input) ?? input)
  return { id, type: 'function', function: { name, arguments: value } }
}

/** Media in an answer; undefined for anything else. */
export function writeFile(part: Part): JsonObject | undefined {
  if (part.type !== 'media') return undefined
  const { data, url, mimeType = fallbackTypes[part.kind], name } = part
  const named = name === undefined ? {} : { filename: name }
  if (data !== undefined) return { type: 'file', data, mimeType, ...named }
  return url === undefined ? undefined : { type: 'url', url, mimeType, ...named }
}

const fallbackTypes: Record<MediaPart['kind'], string> = {
  image: 'image/png',
  audio: 'audio/wav',
  video: 'video/mp4',
  file: 'application/octet-stream',
}

/** The client throws unless both counts are numbers. */
export function writeUsage(usage: Usage): JsonObject {
  return {
    inputTokens: usage.input,
    outputTokens: usage.output,
    cacheReadInputTokens: usage.cacheRead,
    cacheCreationInputTokens: usage.cacheWrite5m + usage.cacheWrite1h,
  }
}
