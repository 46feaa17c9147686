// The relay lane: a caller's bytes with a few top-level edits, and the provider's bytes as they are.

import {
  type BodyEdit,
  type ChatRequest,
  isJsonObject,
  type Json,
  type JsonBody,
  type RelayEdits,
  type Usage,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import type { ChatRelay } from '../chat-dialect.ts'
import { unwrapSignature } from '../signature.ts'
import { malformed, readObject } from '../upstream-fault.ts'
import { candidateError, chunkError } from './errors.ts'
import { contentPath, hasSnakeKeys } from './names.ts'
import { relayScanner } from './relay-scanner.ts'
import { refusedContentFields } from './request.ts'
import { searchesOf } from './sources.ts'
import { blockReasonOf } from './stream-reader.ts'
import { readUsage } from './usage.ts'

export const contentRelay: ChatRelay = {
  edits,
  readUsage: readAnswerUsage,
  scanner: relayScanner,
}

/** The model is in the path. A body that repeats it, as Google allows, would contradict an alias. */
function edits(body: JsonBody, request: ChatRequest, target: WireTarget): RelayEdits | undefined {
  const { value } = body
  const config = value.generationConfig ?? {}
  if (hasSnakeKeys(value) || !isJsonObject(config) || hasSnakeKeys(config)) return undefined
  if (target.quirks.unsupported?.includes('systemInstruction') && value.systemInstruction) {
    return undefined
  }
  if (hasWrappedSignature(value.contents)) return undefined
  if (target.quirks.thinkingLevels?.length && hasUnsignedCall(value.contents)) return undefined
  const { remove, dropped } = refusedContentFields(value, target)
  const list: BodyEdit[] = remove.map((field) => ({ field, remove: true }))
  if (value.model !== undefined) list.push({ field: 'model', remove: true })
  const inner = refusedContentFields(config, target)
  const { maxOutputTokens } = request
  const isLowered = maxOutputTokens !== (config.maxOutputTokens ?? undefined)
  if (isLowered || inner.remove.length > 0) {
    const edited = { ...config, maxOutputTokens }
    for (const field of inner.remove) Reflect.deleteProperty(edited, field)
    list.push({ field: 'generationConfig', set: JSON.stringify(edited) })
  }
  return {
    path: contentPath(target.model, request.stream !== undefined),
    edits: list,
    dropped: [...dropped, ...inner.dropped],
  }
}

/**
 * Whether the first call of some turn has no signature, as when another model made it: models that sign
 * their calls refuse it.
 */
function hasUnsignedCall(contents: Json | undefined): boolean {
  if (!Array.isArray(contents)) return false
  // A turn may stand in several contents, one for each chunk of a stream.
  let hasCalled = false
  for (const content of contents) {
    if (!isJsonObject(content)) continue
    if (content.role !== 'model') hasCalled = false
    else if (!hasCalled) {
      const { parts } = content
      const list = Array.isArray(parts) ? parts.filter(isJsonObject) : []
      const call = list.find((part) => part.functionCall ?? part.function_call)
      if (call && !(call.thoughtSignature ?? call.thought_signature)) return true
      hasCalled = call !== undefined
    }
  }
  return false
}

/** Whether some signature is in the hub's wrapping, which no provider can open. */
function hasWrappedSignature(contents: Json | undefined): boolean {
  if (!Array.isArray(contents)) return false
  return contents.some((content) => {
    const parts = isJsonObject(content) ? content.parts : undefined
    const list = Array.isArray(parts) ? parts : [parts]
    return list.some((part) => {
      if (!isJsonObject(part)) return false
      const signature = part.thoughtSignature ?? part.thought_signature
      return typeof signature === 'string' && unwrapSignature(signature) !== undefined
    })
  })
}

/** @throws HubError as `readResponse`. */
function readAnswerUsage(body: Uint8Array, target: WireTarget): Usage {
  const answer = readObject(body, target)
  const error = chunkError(answer, target)
  if (error) throw error
  const candidates = Array.isArray(answer.candidates) ? answer.candidates : []
  if (candidates.length === 0 && blockReasonOf(answer) === undefined) {
    throw malformed(target, 'without candidates')
  }
  let searches = 0
  for (const candidate of candidates.filter(isJsonObject)) {
    const failed = candidateError(candidate, target)
    if (failed) throw failed
    searches += searchesOf(candidate)
  }
  return readUsage(answer, searches) ?? usageOf({ estimated: true })
}
