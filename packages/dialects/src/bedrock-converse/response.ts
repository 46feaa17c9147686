// A whole answer coming in.

import {
  type Annotation,
  type ChatEvent,
  isJsonObject,
  type Json,
  type JsonObject,
  type Part,
  type WireTarget,
} from '@aigne-hub/protocol'
import { jsonAnswerTool } from '../anthropic-messages/tool-call.ts'
import { malformed, readObject } from '../upstream-fault.ts'
import { readCitation, textOf } from './citations.ts'
import { bodyError } from './errors.ts'
import { imageType } from './media.ts'
import { readFinish } from './stop-reason.ts'
import { readTier, readUsage } from './usage.ts'

/** @throws HubError when the answer is malformed, or an error under a status of 200. */
export function readResponse(body: Uint8Array, target: WireTarget): ChatEvent[] {
  const answer = readObject(body, target)
  const { output, usage, serviceTier } = answer
  const message = isJsonObject(output) ? output.message : undefined
  const content = isJsonObject(message) ? message.content : undefined
  if (!Array.isArray(content)) {
    throw bodyError(answer, target) ?? malformed(target, 'without a message')
  }
  const tier = readTier(serviceTier)
  const start = startOf(target)
  const events: ChatEvent[] = [tier === undefined ? start : { ...start, serviceTier: tier }]
  let hasCalls = false
  let index = 0
  for (const block of content) {
    const part = isJsonObject(block) ? readBlock(block, target.provider) : undefined
    if (part === undefined) continue
    hasCalls ||= part.type === 'toolCall'
    events.push(
      { type: 'partStart', choice: 0, index, part },
      { type: 'partEnd', choice: 0, index },
    )
    index++
  }
  events.push({ type: 'finish', choice: 0, ...readFinish(answer, hasCalls, target) })
  // No report is not a report of nothing.
  if (isJsonObject(usage)) events.push({ type: 'usage', usage: readUsage(usage, serviceTier) })
  return events
}

/** Bedrock names neither an id nor a date nor the model that answered. */
export function startOf(target: WireTarget): ChatEvent & { type: 'start' } {
  return { type: 'start', id: '', model: target.model, created: 0 }
}

export const stringOf = (value: Json | undefined) => (typeof value === 'string' ? value : '')

/** A part of the answer; undefined for a block that says nothing here. */
function readBlock(block: JsonObject, vendor: string): Part | undefined {
  const { text, toolUse, reasoningContent: thought, citationsContent: cited, image } = block
  if (typeof text === 'string') return text === '' ? undefined : { type: 'text', text }
  if (isJsonObject(toolUse)) return readToolUse(toolUse)
  if (isJsonObject(thought)) return readThought(thought, vendor)
  if (isJsonObject(cited)) return readCited(cited)
  return isJsonObject(image) ? readImage(image) : undefined
}

/** Whether a call is one that the provider makes itself. */
export const isServerTool = ({ type }: JsonObject) => type === 'server_tool_use'

function readToolUse(call: JsonObject): Part | undefined {
  const { toolUseId, name, input } = call
  if (isServerTool(call)) return undefined
  if (name === jsonAnswerTool) return { type: 'text', text: JSON.stringify(input ?? {}) }
  return {
    type: 'toolCall',
    id: stringOf(toolUseId),
    name: stringOf(name),
    kind: 'function',
    input: JSON.stringify(isJsonObject(input) ? input : {}),
  }
}

function readThought(thought: JsonObject, vendor: string): Part | undefined {
  const { reasoningText: said, redactedContent: redacted } = thought
  if (typeof redacted === 'string') return redactedPart(redacted, vendor)
  if (!isJsonObject(said)) return undefined
  const text = stringOf(said.text)
  const value = stringOf(said.signature)
  if (text === '' && value === '') return undefined
  return {
    type: 'reasoning',
    ...(text !== '' && { text }),
    ...(value !== '' && { signature: { value, vendor } }),
  }
}

/** A thought that the provider encrypted. It is its own proof, so nobody else is given it back. */
export function redactedPart(redacted: string, vendor: string): Part {
  return { type: 'reasoning', redacted, signature: { value: '', vendor } }
}

function readCited({ content, citations }: JsonObject): Part | undefined {
  const text = textOf(content)
  if (text === '') return undefined
  const annotations = (Array.isArray(citations) ? citations : []).flatMap((one): Annotation[] => {
    const annotation = readCitation(one)
    return annotation ? [annotation] : []
  })
  return { type: 'text', text, ...(annotations.length > 0 && { annotations }) }
}

function readImage({ format, source }: JsonObject): Part | undefined {
  const data = isJsonObject(source) ? source.bytes : undefined
  return typeof data === 'string' ? imagePart(data, format) : undefined
}

export function imagePart(data: string, format: Json | undefined): Part {
  return { type: 'media', kind: 'image', data, mimeType: imageType(format) }
}
