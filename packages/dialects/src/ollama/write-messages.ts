// Messages of a request going out, as JSON text.

import {
  isJsonObject,
  type JsonObject,
  type MediaPart,
  type Message,
  type Part,
  type ReasoningPart,
  type ToolCallPart,
  type ToolResultPart,
  type WireTarget,
} from '@aigne-hub/protocol'
import type { Losses } from '../losses.ts'
import { resultsBehindCalls } from '../openai-chat/result-order.ts'
import { ownSignature } from '../signature.ts'

/**
 * One JSON text a message, or several where a message holds results of tools. Those are text here: the
 * pictures in them follow in a user message, once all results of the turn have been given.
 * @throws HubError `unsupported_parameter` for a part that Ollama has no words for.
 */
export function writeMessages(
  list: readonly Message[],
  target: WireTarget,
  losses: Losses,
): string[] {
  return new MessagesWriter(target, losses).write(resultsBehindCalls(list))
}

/** What a message says, before it is text. */
interface Said {
  texts: string[]
  images: string[]
  thoughts: string[]
  calls: string[]
}

class MessagesWriter {
  readonly #target: WireTarget
  readonly #losses: Losses
  /** Of the tools that were called, by the id of the call. */
  readonly #names = new Map<string, string>()
  readonly #written: string[] = []
  /** Pictures that results held. */
  #shown: string[] = []

  constructor(target: WireTarget, losses: Losses) {
    this.#target = target
    this.#losses = losses
  }

  write(messages: readonly Message[]): string[] {
    messages.forEach((message, index) => {
      this.#hints(message)
      const at = `messages[${index}]`
      const results = message.parts.filter((part) => part.type === 'toolResult')
      for (const result of results) this.#result(result, at)
      const parts = message.parts.filter((part) => part.type !== 'toolResult')
      const speaks = parts.length > 0 || (results.length === 0 && message.role !== 'tool')
      if (speaks || messages[index + 1]?.role !== 'tool') this.#show()
      if (speaks) this.#message(message.role, parts, at)
    })
    return this.#written
  }

  #hints({ name, cache, parts }: Message): void {
    if (name !== undefined) this.#losses.hint('messages.name')
    if (cache ?? parts.some((part) => part.cache)) this.#losses.hint('cache_control')
  }

  /** Ends a turn of results. */
  #show(): void {
    if (this.#shown.length === 0) return
    this.#written.push(JSON.stringify({ role: 'user', content: '', images: this.#shown }))
    this.#shown = []
  }

  #result({ callId, name, content, isError }: ToolResultPart, at: string): void {
    if (isError) this.#losses.hint('is_error')
    const { texts, images } = this.#said(content, at)
    this.#shown.push(...images)
    const toolName = name ?? this.#names.get(callId)
    this.#written.push(
      JSON.stringify({
        role: 'tool',
        content: texts.join('\n'),
        // Older servers know results by the name of the tool alone.
        tool_name: toolName,
        tool_call_id: callId,
      }),
    )
  }

  #message(role: Message['role'], parts: readonly Part[], at: string): void {
    const { texts, images, thoughts, calls } = this.#said(parts, at)
    const isAnswer = role === 'assistant'
    const wire: JsonObject = {
      role: isAnswer || role === 'system' ? role : role === 'developer' ? 'system' : 'user',
      // The pieces of an answer run on; those of anybody else are paragraphs.
      content: texts.join(isAnswer ? '' : '\n'),
    }
    if (images.length > 0) wire.images = images
    if (thoughts.length > 0) wire.thinking = thoughts.join('\n\n')
    const text = JSON.stringify(wire)
    const message =
      calls.length === 0 ? text : `${text.slice(0, -1)},"tool_calls":[${calls.join()}]}`
    this.#written.push(message)
  }

  #said(parts: readonly Part[], at: string): Said {
    const said: Said = { texts: [], images: [], thoughts: [], calls: [] }
    for (const part of parts) {
      if (part.type === 'reasoning') this.#think(part, said)
      else if (part.type === 'toolCall') this.#call(part, said)
      else if (part.type === 'media') this.#media(part, said, at)
      else if (part.type === 'text' || part.type === 'refusal') {
        if (part.signature) this.#losses.hint('signature')
        if (part.text !== '') said.texts.push(part.text)
      } else this.#losses.meaning(at, 'Ollama', `a ${part.type} item in ${at}`)
    }
    return said
  }

  /** Nothing is signed here: a thought that is, is another provider's, and says nothing to this model. */
  #think(part: ReasoningPart, said: Said): void {
    const text = part.text || (part.summary?.join('\n\n') ?? '')
    const isForeign =
      part.signature !== undefined &&
      ownSignature(part.signature, this.#target, this.#losses) === undefined
    if (isForeign) return
    if (part.redacted !== undefined) this.#losses.hint('reasoning')
    if (text !== '') said.thoughts.push(text)
  }

  #call(call: ToolCallPart, said: Said): void {
    const { id, name, signature } = call
    if (signature) this.#losses.hint('signature')
    this.#names.set(id, name)
    const head = `{"id":${JSON.stringify(id)},"function":{"name":${JSON.stringify(name)}`
    said.calls.push(`${head},"arguments":${argumentsText(call)}}}`)
  }

  #media(part: MediaPart, said: Said, at: string): void {
    const { kind, data, fileId, name, detail } = part
    if (kind === 'image' && data !== undefined) {
      if (name !== undefined) this.#losses.hint('filename')
      if (detail !== undefined && detail !== 'auto') this.#losses.hint('detail')
      said.images.push(data)
      return
    }
    const how = data !== undefined ? '' : fileId === undefined ? ' by address' : ' by file id'
    this.#losses.meaning(at, 'Ollama', `${kind}${how} in ${at}`)
  }
}

/**
 * The arguments as a JSON object, which is all that Ollama takes: the caller's own text wherever that is
 * one, so that big numbers stay as they are. Other text becomes its only member.
 */
function argumentsText({ kind, input }: ToolCallPart): string {
  if (input.trim() === '') return '{}'
  return kind === 'function' && holdsObject(input) ? input : JSON.stringify({ input })
}

function holdsObject(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text))
  } catch {
    return false
  }
}
