// Messages of a request going out: `systemInstruction` and `contents`.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type Message,
  type Part,
  type Quirks,
  type ReasoningPart,
  type ToolCallPart,
  type ToolResultPart,
  type WireTarget,
} from '@aigne-hub/protocol'
import type { Losses } from '../losses.ts'
import { ownSignature } from '../signature.ts'
import { parsed, thoughtText, writePart } from './parts.ts'
import { foreignSignature } from './read-contents.ts'

interface Content {
  role: 'user' | 'model'
  parts: JsonObject[]
  /** Of a user's turn: the results it gives, and the media in them. Both come before the other parts. */
  results: { callId: string; part: JsonObject }[]
  shown: JsonObject[]
  /** Of a model's turn. */
  calls: string[]
}

/**
 * Neighbours of one role become one content, and all results of a turn stand together in the order of
 * its calls. Parts that say nothing are left out: Google refuses them.
 */
export function writeContents(
  messages: readonly Message[],
  target: WireTarget,
  losses: Losses,
): { systemInstruction?: JsonObject; contents: Json[] } {
  const writer = new ContentsWriter(target, losses)
  let first = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer')
  if (first < 0) first = messages.length
  const system = messages.slice(0, first).flatMap((message, index) => writer.system(message, index))
  const takesSystem = !target.quirks.unsupported?.includes('systemInstruction')
  if (!takesSystem) writer.userParts(system)
  for (let at = first; at < messages.length; at++) writer.message(messages[at] as Message, at)
  if (writer.isEmpty && takesSystem) {
    return { contents: [{ role: 'user', parts: system.length > 0 ? system : [{ text: ' ' }] }] }
  }
  const contents = writer.end()
  return takesSystem && system.length > 0
    ? { systemInstruction: { parts: system }, contents }
    : { contents }
}

/** Whether a call needs a signature: models that think by level, and those of which nothing is known. */
function wantsSignatures({ thinkingLevels, thinkingBudget }: Quirks): boolean {
  return thinkingLevels ? thinkingLevels.length > 0 : thinkingBudget === undefined
}

class ContentsWriter {
  readonly #target: WireTarget
  readonly #losses: Losses
  readonly #signsCalls: boolean
  readonly #takesIds: boolean
  readonly #names = new Map<string, string>()
  readonly #contents: Content[] = []
  /** A signature that came without the part it belongs to. */
  #carried: string | undefined

  constructor(target: WireTarget, losses: Losses) {
    this.#target = target
    this.#losses = losses
    this.#signsCalls = wantsSignatures(target.quirks)
    this.#takesIds = !target.quirks.unsupported?.includes('functionCall.id')
  }

  get isEmpty(): boolean {
    return this.#contents.every(({ parts, results }) => parts.length + results.length === 0)
  }

  system(message: Message, index: number): JsonObject[] {
    this.#hints(message)
    return message.parts.flatMap((part) => {
      const wire = part.type === 'text' ? this.#write(part) : undefined
      if (part.type !== 'text') this.#losses.meaning(`messages[${index}]`)
      return wire ? [wire] : []
    })
  }

  userParts(parts: readonly JsonObject[]): void {
    if (parts.length > 0) this.#content('user').parts.push(...parts)
  }

  message(message: Message, index: number): void {
    this.#hints(message)
    const at = `messages[${index}]`
    const role = message.role === 'assistant' ? 'model' : 'user'
    for (const part of message.parts) {
      if (part.type === 'toolResult') this.#result(part, at)
      else if (role === 'user') this.#say(part, role, at)
      else if (part.type === 'toolCall') this.#call(part)
      else if (part.type === 'reasoning') this.#think(part)
      else this.#say(part, role, at)
    }
    const carried = this.#carried
    this.#carried = undefined
    if (carried !== undefined) {
      this.#content('model').parts.push({ text: '', thoughtSignature: carried })
    }
  }

  /** @returns the contents that say something. */
  end(): Json[] {
    let calls: string[] = []
    return this.#contents.flatMap((content) => {
      const { role, parts, shown } = content
      const results = inOrder(content.results, calls)
      calls = content.calls
      const all = [...results, ...shown, ...parts]
      return all.length > 0 ? [{ role, parts: all }] : []
    })
  }

  #content(role: Content['role']): Content {
    const last = this.#contents.at(-1)
    if (last?.role === role) return last
    const content: Content = { role, parts: [], results: [], shown: [], calls: [] }
    this.#contents.push(content)
    return content
  }

  #hints({ name, cache, parts }: Message): void {
    if (name !== undefined) this.#losses.hint('messages.name')
    if (cache ?? parts.some((part) => part.cache)) this.#losses.hint('cache_control')
  }

  /** The part with its signature, or undefined when nothing of it is left. */
  #write(part: Part): JsonObject | undefined {
    const wire = writePart(part)
    const signature = ownSignature(part.signature, this.#target, this.#losses)
    if (wire && signature !== undefined) return { ...wire, thoughtSignature: signature }
    return wire?.text === '' ? undefined : wire
  }

  #say(part: Part, role: Content['role'], at: string): void {
    const wire = this.#write(part)
    if (wire) this.#content(role).parts.push(wire)
    else if (part.type !== 'text' && part.type !== 'refusal') {
      const what = part.type === 'media' ? 'this file' : `a ${part.type} item`
      this.#losses.meaning(at, 'Gemini', `${what} in ${at}`)
    }
    if (part.type === 'media') this.#mediaHints(part)
  }

  #mediaHints({ name, detail }: Extract<Part, { type: 'media' }>): void {
    if (name !== undefined) this.#losses.hint('filename')
    if (detail !== undefined && detail !== 'auto') this.#losses.hint('detail')
  }

  /** Only what this provider signed is its thought. A signature alone belongs to the call after it. */
  #think(part: ReasoningPart): void {
    const signature = ownSignature(part.signature, this.#target, this.#losses)
    if (signature === undefined) {
      if (part.signature === undefined) this.#losses.hint('reasoning')
    } else if (thoughtText(part) === '') this.#carried = signature
    else {
      const wire = writePart(part)
      this.#content('model').parts.push({ ...wire, thoughtSignature: signature })
    }
  }

  #call(part: ToolCallPart): void {
    const content = this.#content('model')
    let signature = ownSignature(part.signature, this.#target, this.#losses)
    if (signature === undefined && this.#carried !== undefined) {
      signature = this.#carried
      this.#carried = undefined
    }
    const isFirst = content.calls.length === 0
    if (isFirst && this.#signsCalls) signature ??= foreignSignature
    content.calls.push(part.id)
    this.#names.set(part.id, part.name)
    const wire = writePart(this.#takesIds ? part : { ...part, id: '' })
    content.parts.push(
      signature === undefined ? { ...wire } : { ...wire, thoughtSignature: signature },
    )
  }

  #result(result: ToolResultPart, at: string): void {
    const { callId, cache } = result
    const content = this.#content('user')
    const name = result.name ?? this.#names.get(callId) ?? (callId.replace(/[^\w.:-]/g, '_') || '_')
    const response = responseOf(result)
    const functionResponse = { ...(this.#takesIds && { id: callId }), name, response }
    content.results.push({ callId, part: { functionResponse } })
    if (cache) this.#losses.hint('cache_control')
    for (const part of result.content) {
      if (part.type === 'text' || part.type === 'refusal') continue
      const wire = part.type === 'media' ? writePart(part) : undefined
      if (wire) content.shown.push(wire)
      else this.#losses.meaning(at, 'Gemini', `a ${part.type} item in the tool result ${at}`)
    }
  }
}

/** In the order of the calls they answer; results of other calls stay where they are. */
function inOrder(results: Content['results'], calls: readonly string[]): JsonObject[] {
  const places = new Map(calls.map((callId, place) => [callId, place]))
  const placeOf = (callId: string) => places.get(callId) ?? -1
  const answering = results
    .filter(({ callId }) => places.has(callId))
    .toSorted((one, other) => placeOf(one.callId) - placeOf(other.callId))
  let next = 0
  return results.map((result) => {
    const isAnswer = places.has(result.callId)
    return (isAnswer ? (answering[next++] ?? result) : result).part
  })
}

/** What a function gave back, as the object that Google wants. */
function responseOf({ content, isError }: ToolResultPart): JsonObject {
  const text = content
    .flatMap((part) => (part.type === 'text' || part.type === 'refusal' ? [part.text] : []))
    .join('\n')
  if (isError) return { error: text }
  // Numbers of more than 15 digits would not survive being parsed.
  const value = text.startsWith('{') && !/\d{16}/.test(text) ? parsed(text) : undefined
  return isJsonObject(value) && !hasReference(value) ? value : { output: text }
}

/** `$ref` is reserved in results: it stands for another part. */
function hasReference(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(hasReference)
  return Object.keys(value).some((key) => key.startsWith('$ref') || hasReference(value[key]))
}
