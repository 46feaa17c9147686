// Messages going out as the input of a request.

import type {
  Json,
  JsonObject,
  Message,
  Part,
  ReasoningPart,
  ToolCallPart,
  ToolResultPart,
} from '@aigne-hub/protocol'
import { ownSignature } from '../signature.ts'
import { writeContent } from './content-parts.ts'
import { resultType } from './input-items.ts'
import {
  callItem,
  contentItem,
  groupItems,
  imageItem,
  reasoningItem,
  type SpokenItem,
} from './items.ts'
import { itemFields, ownFields } from './own-fields.ts'
import type { WriteContext } from './write-context.ts'

/** @throws HubError `unsupported_parameter` for a part that this wire has no words for. */
export function writeInput(
  messages: readonly Message[],
  context: WriteContext,
): { instructions?: string; input: Json[] } {
  const writer = new InputWriter(context)
  const instructions = instructionsOf(messages[0])
  const rest = instructions === undefined ? messages : messages.slice(1)
  const skipped = messages.length - rest.length
  rest.forEach((message, index) => {
    writer.message(message, `messages[${index + skipped}]`)
  })
  return { ...(instructions !== undefined && { instructions }), input: writer.items }
}

/** The text of a message that came as `instructions`. */
export function instructionsOf(message: Message | undefined): string | undefined {
  const [part, another] = message?.isInstruction && message.role === 'system' ? message.parts : []
  if (part?.type !== 'text' || another !== undefined || part.native) return undefined
  return part.text === '' ? undefined : part.text
}

class InputWriter {
  readonly items: Json[] = []
  readonly #context: WriteContext
  readonly #kinds = new Map<string, ToolCallPart['kind']>()

  constructor(context: WriteContext) {
    this.#context = context
  }

  message(message: Message, at: string): void {
    const { losses } = this.#context
    if (message.name !== undefined) losses.hint('messages.name')
    if (message.cache) losses.hint('cache_control')
    if (message.role === 'assistant') this.#assistant(message, at)
    else this.#speech(message, at)
  }

  /** Anyone but the model. Results come first, since the turn they answer stands just before. */
  #speech({ role, parts, id, phase }: Message, at: string): void {
    const before = this.items.length
    const content: Part[] = []
    for (const part of parts) {
      if (part.type === 'toolResult') this.items.push(this.#result(part, at))
      else if (part.type === 'native' || part.type === 'serverTool') this.#own(part, at)
      else content.push(part)
    }
    if (content.length === 0 && (this.items.length > before || role === 'tool')) return
    const [first] = content
    this.items.push({
      ...(first && itemFields(first)),
      ...(id !== undefined && { id }),
      ...(phase !== undefined && { phase }),
      type: 'message',
      role: this.#role(role),
      content: writeContent(content, at, this.#context),
    })
  }

  #role(role: Message['role']): Message['role'] {
    if (role === 'tool') return 'user'
    const { noDeveloperRole } = this.#context.target.quirks
    return role === 'developer' && noDeveloperRole ? 'system' : role
  }

  #result(part: ToolResultPart, at: string): JsonObject {
    const { losses } = this.#context
    const { callId, content, isError, cache } = part
    if (isError) losses.hint('is_error')
    if (cache) losses.hint('cache_control')
    return {
      type: resultType(this.#kinds.get(callId)),
      ...ownFields(part),
      call_id: callId,
      output: writeContent(content, at, this.#context),
    }
  }

  #assistant({ parts, id, phase }: Message, at: string): void {
    let isFirst = true
    if (parts.length === 0) this.items.push({ type: 'message', role: 'assistant', content: '' })
    for (const group of groupItems(parts)) {
      if (!('type' in group)) {
        const first = { ...(id !== undefined && { id }), ...(phase !== undefined && { phase }) }
        const item = this.#spoken(group, isFirst ? first : {})
        if (item) this.items.push(item)
        isFirst = false
      } else if (group.type === 'toolCall') this.#call(group)
      else if (group.type === 'reasoning') this.#reasoning(group)
      else if (group.type === 'media') this.#image(group, at)
      else if (group.type === 'toolResult') this.items.push(this.#result(group, at))
      else this.#own(group, at)
    }
  }

  #spoken({ fields, parts }: SpokenItem, first: JsonObject): JsonObject | undefined {
    const { losses } = this.#context
    for (const part of parts) {
      if (part.cache) losses.hint('cache_control')
      if (part.signature) losses.hint('signature')
    }
    // Google signs on empty text; without the signature nothing is left.
    const said = parts.filter((part) => part.text !== '' || !part.signature)
    if (said.length === 0) return undefined
    const content = said.map(contentItem)
    const head = { ...fields, ...first }
    const [only] = content
    // Words that say no more than themselves go as a string.
    const isPlain = content.length === 1 && only?.type === 'output_text' && head.id === undefined
    if (isPlain && Object.keys(only).length === 3 && (only.annotations as Json[]).length === 0) {
      if (only.text !== '')
        return { ...head, type: 'message', role: 'assistant', content: only.text }
    }
    const status = head.id !== undefined && { status: 'completed' }
    return { ...status, ...head, type: 'message', role: 'assistant', content }
  }

  #call(part: ToolCallPart): void {
    const { losses } = this.#context
    if (part.cache) losses.hint('cache_control')
    // A call has no field for a signature, and whoever signs calls does not speak this dialect.
    if (part.signature) losses.hint('signature')
    this.#kinds.set(part.id, part.kind)
    this.items.push(callItem(part))
  }

  /**
   * A thought goes back to the one who had it. What has no proof goes only where thoughts are in the
   * open: there they have an id and a text. OpenAI looks an id without proof up among what it stored.
   */
  #reasoning(part: ReasoningPart): void {
    const { target, losses } = this.#context
    const proof = ownSignature(part.signature, target, losses)
    const isOpen = part.signature === undefined && part.id !== undefined && part.text !== undefined
    if (part.redacted !== undefined) losses.hint('redacted_thinking')
    if (proof !== undefined) this.items.push(provenThought(part, proof, this.items.length))
    else if (isOpen) this.items.push(reasoningItem(part, undefined))
    else if (part.signature === undefined && part.redacted === undefined) losses.hint('reasoning')
  }

  /** A picture the provider has made itself: it knows it by its id. */
  #image(part: Extract<Part, { type: 'media' }>, at: string): void {
    const item = part.id === undefined ? undefined : imageItem(part)
    if (item) this.items.push(item)
    else this.#context.losses.meaning(at, undefined, `${part.kind} in an answer`)
  }

  /** An item in this dialect's own words. */
  #own(part: Extract<Part, { type: 'native' | 'serverTool' }>, at: string): void {
    const item = part.type === 'native' ? part.value : part.data
    if (part.dialect === 'openai-responses') this.items.push(item)
    else this.#context.losses.meaning(at, undefined, `a tool or an item of ${part.dialect}`)
  }
}

/**
 * A thought that goes back to the one who signed it, as the `place`th item. Without an id it came through
 * a dialect that has none: there a summary is shown as a text, which is refused here as one.
 */
function provenThought(part: ReasoningPart, proof: string, place: number): JsonObject {
  if (part.id) return reasoningItem(part, proof)
  const { text, ...rest } = part
  const named = { ...rest, id: `rs_${place}` }
  if (text === undefined) return reasoningItem(named, proof)
  return reasoningItem(
    part.summary?.length ? { ...named, text } : { ...named, summary: [text] },
    proof,
  )
}
