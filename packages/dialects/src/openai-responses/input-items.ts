// The input of a request: items in, messages out. What a model said in one turn is several items here
// and one message inside.

import type {
  JsonObject,
  Message,
  Part,
  ReasoningPart,
  Signature,
  ToolCallPart,
  ToolResultPart,
} from '@aigne-hub/protocol'
import {
  objectAt,
  oneOf,
  optionalString,
  put,
  refuseKind,
  requiredString,
  requiredText,
} from '../read-field.ts'
import { contentTypes, readContent, readTexts } from './content-parts.ts'
import { isServerTool, readImageItem, readServerTool } from './hosted-items.ts'
import { isSpoken } from './items.ts'
import { beginItem, extraFields, setOwn } from './own-fields.ts'
import { isReference } from './references.ts'
import { readSeal } from './seal.ts'
import { answerIdOf } from './surface-items.ts'

const roles = ['user', 'assistant', 'system', 'developer'] as const

/** With one of these the provider knows what to answer, and `input` may be absent. */
const otherInput = ['previous_response_id', 'conversation', 'prompt'] as const

/** @throws HubError `invalid_request` naming the field. */
export function readMessages(fields: JsonObject): Message[] {
  const reader = new InputReader()
  const instructions = optionalString(fields, 'instructions', '')
  if (instructions) {
    const parts: Part[] = [{ type: 'text', text: instructions }]
    reader.messages.push({ role: 'system', parts, isInstruction: true })
  }
  const { input } = fields
  const isEmpty = input === undefined || input === null || (Array.isArray(input) && !input.length)
  if (isEmpty && otherInput.some((name) => fields[name])) return reader.messages
  if (typeof input === 'string') {
    const parts: Part[] = input === '' ? [] : [{ type: 'text', text: input }]
    reader.messages.push({ role: 'user', parts })
  } else if (isEmpty || !Array.isArray(input)) {
    return refuseKind('input', 'a string or an array of at least one item', input ?? undefined)
  } else {
    input.forEach((item, index) => {
      reader.read(objectAt(item, 'input', index), `input[${index}].`)
    })
  }
  return reader.messages
}

class InputReader {
  readonly messages: Message[] = []
  readonly #calls = new Map<string, ToolCallPart>()
  /** Signatures of calls that are still to come. */
  readonly #signatures = new Map<string, Signature>()
  /** A signature without a thought: that of the call behind it, if there is one. */
  #loose: Part | undefined
  /** The assistant's turn that is open has had a message item: it gave the message its id. */
  #hasSpoken = false

  read(item: JsonObject, at: string): void {
    const { type = null } = item
    if (type !== null && typeof type !== 'string') refuseKind(`${at}type`, 'a string', type)
    switch (type ?? (isReference(item) ? 'item_reference' : 'message')) {
      case 'message':
        this.#message(item, at)
        break
      case 'function_call':
        this.#call(item, at, 'function', 'arguments')
        break
      case 'custom_tool_call':
        this.#call(item, at, 'custom', 'input')
        break
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.#result(item, at, type as string)
        break
      case 'reasoning':
        this.#reasoning(item, at)
        break
      default:
        this.#native(item)
    }
  }

  /** The assistant's turn that this item belongs to. */
  #turn(): Message {
    const last = this.messages.at(-1)
    if (last?.role === 'assistant') return last
    const turn: Message = { role: 'assistant', parts: [] }
    this.messages.push(turn)
    this.#hasSpoken = false
    return turn
  }

  #message(item: JsonObject, at: string): void {
    const role = roles.find((name) => name === item.role)
    if (role === undefined) refuseKind(`${at}role`, `a string: ${oneOf(roles)}`, item.role)
    const types = role === 'assistant' ? contentTypes.output : contentTypes.input
    const parts = readContent(item.content, `${at}content`, types)
    const id = optionalString(item, 'id', at)
    const phase = optionalString(item, 'phase', at)
    const others = extraFields(item, ['type', 'role', 'content', 'id', 'phase'])
    const [first] = parts
    if (role !== 'assistant') {
      const message: Message = { role, parts }
      put(message, 'id', id)
      put(message, 'phase', phase)
      if (first && others) beginItem(first, others)
      this.messages.push(message)
      return
    }
    const turn = this.#turn()
    if (!first) return
    if (!this.#hasSpoken) {
      this.#hasSpoken = true
      put(turn, 'id', id)
      put(turn, 'phase', phase)
      if (others) beginItem(first, others)
    } else {
      const fields = { ...others, ...(id && { id }), ...(phase && { phase }) }
      const last = turn.parts.at(-1)
      // Where something else stands between two messages, nothing has to mark where the second begins.
      if (Object.keys(fields).length > 0 || (last && isSpoken(last))) beginItem(first, fields)
    }
    // One by one: a call cannot have as many arguments as a caller can send parts.
    for (const part of parts) turn.parts.push(part)
  }

  #call(item: JsonObject, at: string, kind: 'function' | 'custom', field: string): void {
    const id = requiredString(item, 'call_id', at)
    const call: ToolCallPart = {
      type: 'toolCall',
      id,
      name: requiredString(item, 'name', at),
      kind,
      input: requiredText(item, field, at),
    }
    setOwn(call, extraFields(item, ['type', 'call_id', 'name', field]))
    const { parts } = this.#turn()
    const before = parts.at(-1)
    const isSigned = before !== undefined && before === this.#loose
    if (isSigned) parts.pop()
    put(call, 'signature', isSigned ? before.signature : this.#signatures.get(id))
    this.#calls.set(id, call)
    parts.push(call)
  }

  #result(item: JsonObject, at: string, type: string): void {
    const callId = requiredString(item, 'call_id', at)
    const part: ToolResultPart = {
      type: 'toolResult',
      callId,
      content: readContent(item.output, `${at}output`, contentTypes.input),
    }
    put(part, 'name', optionalString(item, 'name', at))
    const others = extraFields(item, ['type', 'call_id', 'output', 'name'])
    const expected = resultType(this.#calls.get(callId)?.kind)
    setOwn(part, type === expected ? others : { ...others, type })
    this.messages.push({ role: 'tool', parts: [part] })
  }

  #reasoning(item: JsonObject, at: string): void {
    const raw = optionalString(item, 'encrypted_content', at)
    const seal = raw ? readSeal(raw) : {}
    const { callId, signature, redacted, isLoose, showsText } = seal
    if (callId !== undefined) {
      const call = this.#calls.get(callId)
      if (call) put(call, 'signature', signature)
      else if (signature) this.#signatures.set(callId, signature)
      return
    }
    const part: ReasoningPart = { type: 'reasoning' }
    put(part, 'summary', readTexts(item, 'summary', at))
    put(part, 'text', readTexts(item, 'content', at)?.join(''))
    if (showsText && part.text === undefined) takeText(part)
    const id = optionalString(item, 'id', at)
    // An id of ours means nothing to a provider; what it has made is known by its proof.
    if (signature || id === undefined || answerIdOf(id) === undefined) put(part, 'id', id)
    put(part, 'redacted', redacted)
    put(part, 'signature', signature)
    const known = ['type', 'id', 'summary', 'content', 'encrypted_content']
    setOwn(part, extraFields(item, known))
    this.#turn().parts.push(part)
    this.#loose = isLoose && !part.summary && !('text' in part) ? part : undefined
  }

  /** What the provider's own tools did, what the caller did for them, and items we do not know. */
  #native(item: JsonObject): void {
    const type = typeof item.type === 'string' ? item.type : ''
    if (isServerTool(type)) {
      this.#turn().parts.push(readImageItem(item) ?? readServerTool(item, type))
      return
    }
    const part: Part = { type: 'native', dialect: 'openai-responses', value: item }
    if (/_(?:output|response)$/.test(type)) this.messages.push({ role: 'tool', parts: [part] })
    else this.#turn().parts.push(part)
  }
}

/** Turns the text that was shown as a summary back into a text. */
function takeText(part: ReasoningPart): void {
  const [text = '', ...summary] = part.summary ?? []
  part.text = text
  if (summary.length > 0) part.summary = summary
  else delete part.summary
}

/** The type of the item that answers a call of this kind; a call nobody has seen is a function's. */
export function resultType(kind: ToolCallPart['kind'] | undefined): string {
  return kind === 'custom' ? 'custom_tool_call_output' : 'function_call_output'
}
