// A whole answer, both ways.

import {
  type ChatEvent,
  type ChatResponse,
  type FinishReason,
  foldChat,
  isJsonObject,
  type JsonObject,
  type Part,
  type ReplyContext,
  readCount,
  unfoldChat,
  usageOf,
  type WireTarget,
} from '@aigne-hub/protocol'
import { incomplete, malformed, readObject } from '../upstream-fault.ts'
import { responseError } from './errors.ts'
import { contentItem, groupItems } from './items.ts'
import { readItem, textOf } from './output-items.ts'
import {
  endingOf,
  idBase,
  lastCallStatus,
  lastStatus,
  responseFields,
  responseText,
} from './response-object.ts'
import { itemId, readsSummaries, signatureItem, writeWholeItem } from './surface-items.ts'
import { readUsage } from './usage.ts'

/** @throws HubError when the answer is malformed, unfinished, or an error under a status of 200. */
export function readResponse(body: Uint8Array, target: WireTarget): ChatEvent[] {
  return readWhole(readObject(body, target), target)
}

/** @throws HubError as `readResponse`. */
export function readWhole(response: JsonObject, target: WireTarget): ChatEvent[] {
  const error = responseError(response, target)
  if (error) throw error
  const { output, status } = response
  if (!Array.isArray(output)) throw malformed(target, 'without output')
  if (status === 'queued' || status === 'in_progress') throw incomplete(target)
  const parts = output.flatMap((item) =>
    isJsonObject(item) ? readItem(item, target.provider) : [],
  )
  const usage = readUsage(response)
  const events = unfoldChat({
    ...readStart(response, target),
    choices: [{ index: 0, parts, finish: readFinish(response, hasCalls(parts)) }],
    usage: usage ?? usageOf(),
  })
  // No report is not a report of nothing.
  if (!usage) events.pop()
  return events
}

const hasCalls = (parts: readonly Part[]) => parts.some(({ type }) => type === 'toolCall')

/** What a response object says of the whole answer. */
export function readStart(
  { id, model, created_at: created, service_tier: tier }: JsonObject,
  target: WireTarget,
): Pick<ChatResponse, 'id' | 'model' | 'created' | 'serviceTier'> {
  return {
    id: textOf(id),
    model: textOf(model) || target.model,
    created: readCount(created),
    // `auto` is what was asked for; which tier it became is known at the end.
    ...(typeof tier === 'string' && tier !== 'auto' && { serviceTier: tier }),
  }
}

/** How a response object says that the answer ended. */
export function readFinish(
  { status, incomplete_details: details }: JsonObject,
  calls: boolean,
): { reason: FinishReason; raw: string } {
  if (status !== 'incomplete') return { reason: calls ? 'toolCalls' : 'stop', raw: 'completed' }
  const raw = textOf(isJsonObject(details) ? details.reason : undefined) || 'max_output_tokens'
  if (raw === 'max_output_tokens') return { reason: 'length', raw }
  if (raw === 'content_filter') return { reason: 'contentFilter', raw }
  return { reason: 'stop', raw }
}

/** The body of a whole answer. Of several answers only the first: this wire has no others. */
export function writeResponse(context: ReplyContext<'chat'>, reply: ChatEvent[]): string {
  const response = foldChat(reply)
  const [choice] = response.choices
  const base = idBase(context)
  const output: string[] = []
  const ending = endingOf(choice?.finish?.reason)
  const groups = groupItems(choice?.parts ?? [])
  const inSummary = readsSummaries(context.request)
  for (const group of groups) {
    if ('type' in group) {
      const signature = signatureItem(group, base, output.length)
      if (signature) output.push(JSON.stringify(signature))
      const isLastCall = group.type === 'toolCall' && group === groups.at(-1)
      const status = isLastCall ? lastCallStatus(group, ending) : 'completed'
      const item = writeWholeItem(group, base, output.length, inSummary, status)
      if (item) output.push(JSON.stringify(item))
      continue
    }
    const id = itemId('msg', base, output.length)
    const status = group === groups.at(-1) ? lastStatus(ending) : 'completed'
    const head = { id, type: 'message', role: 'assistant', status, ...group.fields }
    output.push(JSON.stringify({ ...head, content: group.parts.map(contentItem) }))
  }
  const fields = JSON.stringify(responseFields(context, response))
  const tier = response.serviceTier ?? context.request.serviceTier
  return responseText(fields, output, tier, ending, response.usage)
}
